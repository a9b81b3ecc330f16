using System.Buffers.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>The JSON values that body writers append between their fixed <c>u8</c> parts.</summary>
static class BufferJson
{
    /// <summary>Appends a JSON string.</summary>
    public static void WriteString(this PooledBuffer output, JsonText text)
    {
        output.Write((byte)'"');
        text.WriteEscaped(output);
        output.Write((byte)'"');
    }

    /// <summary>Appends a JSON string, or null.</summary>
    public static void WriteString(this PooledBuffer output, string? text)
    {
        if (text is null) output.Write("null"u8);
        else output.WriteString(JsonString.Of(text).Text);
    }

    /// <summary>Appends the shortest form of a number that reads back as the same.</summary>
    public static void WriteNumber(this PooledBuffer output, double value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(32), out var written);
        output.Advance(written);
    }

    /// <summary>Appends a field and its value, unless there is none; <paramref name="field"/> is written as it is, with what stands before it.</summary>
    public static void WriteField(this PooledBuffer output, ReadOnlySpan<byte> field, long? value)
    {
        if (value is not { } whole) return;
        output.Write(field);
        output.Write(whole);
    }

    /// <inheritdoc cref="WriteField(PooledBuffer, ReadOnlySpan{byte}, long?)"/>
    public static void WriteField(this PooledBuffer output, ReadOnlySpan<byte> field, double? value)
    {
        if (value is not { } number) return;
        output.Write(field);
        output.WriteNumber(number);
    }

    /// <summary>Makes the JSON written since <paramref name="start"/> one line, as frames need it: there, line feeds stand between tokens only (RFC 8259, section 2).</summary>
    public static void JoinLines(this PooledBuffer output, int start)
    {
        var written = output.Written[start..];
        if (written.IndexOfAny((byte)'\n', (byte)'\r') < 0) return;
        var line = written.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        output.Truncate(start);
        output.Write(line);
    }

    /// <summary>Appends true or false.</summary>
    public static void WriteBool(this PooledBuffer output, bool value) => output.Write(value ? "true"u8 : "false"u8);
}
