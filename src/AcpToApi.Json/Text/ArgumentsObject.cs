using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Arguments of tool calls as an object, for the dialects that do not write them as a string.</summary>
static class ArgumentsObject
{
    /// <summary>
    /// Writes arguments as an object, byte for byte as the model made them. What is not an object is not lost either: it becomes
    /// <c>{"arguments":"..."}</c>, since an object is all that may stand here.
    /// </summary>
    public static void Write(JsonText arguments, PooledBuffer output)
    {
        var start = output.Length;
        arguments.WriteDecoded(output);
        var decoded = output.Written[start..];
        if (IsObject(decoded)) return;
        var isBlank = decoded.Trim(" \t\r\n"u8).IsEmpty;
        output.Truncate(start);
        if (isBlank)
        {
            output.Write("{}"u8);
            return;
        }
        output.Write("{\"arguments\":\""u8);
        arguments.WriteEscaped(output);
        output.Write("\"}"u8);
    }

    /// <summary>Whether a text is one whole JSON object.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, BodyReader.Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
