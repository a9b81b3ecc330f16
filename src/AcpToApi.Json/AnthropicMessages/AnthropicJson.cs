using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reading values of answers: a value of an unexpected kind counts as absent, since an upstream cannot be asked to mend it.</summary>
static class AnthropicJson
{
    /// <summary>From a property name to its value, raw; empty when it is not an object. The reader then stands on the value's last token.</summary>
    public static ReadOnlySpan<byte> RawObject(scoped ref Utf8JsonReader json, ReadOnlySpan<byte> data)
    {
        json.Read();
        var isObject = json.TokenType == JsonTokenType.StartObject;
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return isObject ? data[start..(int)json.BytesConsumed] : default;
    }

    /// <summary>From a property name to its value, raw; empty when it is null.</summary>
    public static ReadOnlySpan<byte> Raw(scoped ref Utf8JsonReader json, ReadOnlySpan<byte> data)
    {
        json.Read();
        var isNull = json.TokenType == JsonTokenType.Null;
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return isNull ? default : data[start..(int)json.BytesConsumed];
    }

    /// <summary>From a property name to its value; empty when it is not a string.</summary>
    public static JsonText Text(scoped ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) return JsonText.Of(ref json);
        json.Skip();
        return default;
    }

    /// <summary>From a property name to its value; null when it is not a number that a count can be.</summary>
    public static long? Count(scoped ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number)
        {
            if (json.TryGetInt64(out var count)) return Math.Max(count, 0);
            if (json.TryGetDouble(out var number) && number is >= 0 and < 1e15) return (long)number;
        }
        json.Skip();
        return null;
    }

    /// <summary>From a property name past its value.</summary>
    public static void SkipValue(scoped ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }
}
