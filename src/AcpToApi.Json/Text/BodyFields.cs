using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Steps from a field's name past its value; null is the same as not sent.</summary>
static class BodyFields
{
    /// <summary>A string.</summary>
    public static JsonString? ReadString(this ref BodyReader reader) => reader.Value() ? reader.ExpectString() : null;

    /// <summary>A whole number.</summary>
    public static long? ReadWhole(this ref BodyReader reader) => reader.Value() ? reader.ExpectWhole() : null;

    /// <summary>A number.</summary>
    public static double? ReadNumber(this ref BodyReader reader) => reader.Value() ? reader.ExpectNumber() : null;

    /// <summary>True or false.</summary>
    public static bool? ReadBool(this ref BodyReader reader) => reader.Value() ? reader.ExpectBool() : null;

    /// <summary>An object, as raw JSON.</summary>
    public static ReadOnlyMemory<byte>? ReadRawObject(this ref BodyReader reader)
    {
        if (reader.Value()) return reader.RawObject();
        return null; // which a conditional would make an empty memory of
    }

    /// <summary>Anything.</summary>
    public static void SkipValue(this ref BodyReader reader)
    {
        reader.Next();
        reader.Skip();
    }
}
