using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Writes a vector as numbers or as base64 of little-endian 32-bit floats, whichever way it came.</summary>
static class EmbeddingVector
{
    /// <summary>Appends <c>[0.1,…]</c>; numbers that came as numbers keep every digit.</summary>
    public static void WriteNumbers(ReadOnlySpan<byte> json, PooledBuffer output)
    {
        if (json is not [(byte)'"', .., (byte)'"'])
        {
            output.Write(json);
            return;
        }
        using var bytes = new PooledBuffer();
        Decode(json[1..^1], bytes);
        var floats = bytes.Written;
        if (floats.Length % sizeof(float) != 0) throw new FormatException();
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
        if (json is [(byte)'"', ..])
        {
            output.Write(json);
            return;
        }
        using var bytes = new PooledBuffer();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), (float)reader.GetDouble());
            bytes.Advance(sizeof(float));
        }
        output.Write((byte)'"');
        Base64.EncodeToUtf8(bytes.Written, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        output.Advance(written);
        output.Write((byte)'"');
    }

    static void Decode(ReadOnlySpan<byte> escaped, PooledBuffer bytes)
    {
        // A slash may be escaped (\/).
        using var plain = new PooledBuffer();
        JsonEscaping.Unescape(escaped, plain);
        if (Base64.DecodeFromUtf8(plain.Written, bytes.GetSpan(Base64.GetMaxDecodedFromUtf8Length(plain.Length) + 1), out _, out var written) != OperationStatus.Done) throw new FormatException();
        bytes.Advance(written);
    }
}
