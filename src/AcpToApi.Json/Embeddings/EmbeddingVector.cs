using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>
/// Writes a vector as numbers or as base64 of little-endian 32-bit floats, whichever way it came. Throws <see cref="FormatException"/> when it is none.
/// </summary>
static class EmbeddingVector
{
    /// <summary>Appends <c>[0.1,…]</c>; numbers that came as numbers keep every digit.</summary>
    public static void WriteNumbers(ReadOnlySpan<byte> json, PooledBuffer output)
    {
        if (json is not [(byte)'"', .., (byte)'"'])
        {
            var reader = Numbers(json);
            while (IsNumber(ref reader)) { }
            output.Write(json);
            return;
        }
        using var bytes = new PooledBuffer();
        Decode(json, bytes);
        var floats = bytes.Written;
        output.Write((byte)'[');
        for (var at = 0; at < floats.Length; at += sizeof(float))
        {
            if (at > 0) output.Write((byte)',');
            var value = BinaryPrimitives.ReadSingleLittleEndian(floats[at..]);
            if (!float.IsFinite(value) || !Utf8Formatter.TryFormat(value, output.GetSpan(32), out var written)) throw new FormatException();
            output.Advance(written);
        }
        output.Write((byte)']');
    }

    /// <summary>Appends <c>"base64"</c>.</summary>
    public static void WriteBase64(ReadOnlySpan<byte> json, PooledBuffer output)
    {
        using var bytes = new PooledBuffer();
        if (json is [(byte)'"', ..])
        {
            Decode(json, bytes);
            output.Write(json);
            return;
        }
        var reader = Numbers(json);
        while (IsNumber(ref reader))
        {
            var value = (float)reader.GetDouble();
            if (!float.IsFinite(value)) throw new FormatException();
            BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), value);
            bytes.Advance(sizeof(float));
        }
        output.Write((byte)'"');
        Base64.EncodeToUtf8(bytes.Written, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        output.Advance(written);
        output.Write((byte)'"');
    }

    static Utf8JsonReader Numbers(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType == JsonTokenType.StartArray && json.IndexOfAnyExceptInRange((byte)'[', (byte)']') > 0 ? reader : throw new FormatException();
    }

    // False at the array's end.
    static bool IsNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.EndArray)) throw new FormatException();
        return reader.TokenType == JsonTokenType.Number;
    }

    static void Decode(ReadOnlySpan<byte> json, PooledBuffer bytes)
    {
        // A slash may be escaped (\/).
        using var plain = new PooledBuffer();
        JsonEscaping.Unescape(json[1..^1], plain);
        if (Base64.DecodeFromUtf8(plain.Written, bytes.GetSpan(Base64.GetMaxDecodedFromUtf8Length(plain.Length) + 1), out _, out var written) != OperationStatus.Done) throw new FormatException();
        bytes.Advance(written);
        if (written == 0 || written % sizeof(float) != 0) throw new FormatException();
    }
}
