using System.Security.Cryptography;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Ids of tool calls as a provider takes them; the same id always becomes the same.</summary>
static class OpenAiChatCallIds
{
    const int MaxLength = 40;
    const int ShortLength = 9;

    /// <summary>The id to send.</summary>
    public static JsonString Fit(JsonString id, Quirks quirks) =>
        (quirks & Quirks.ShortToolCallIds) != 0 ? Short(CarriedSignature.Strip(id)) : ToolNames.FitId(id, MaxLength);

    static JsonString Short(JsonString id)
    {
        var bytes = id.Bytes.Span;
        var fits = bytes.Length == ShortLength;
        foreach (var b in bytes) fits &= char.IsAsciiLetterOrDigit((char)b);
        if (fits) return id;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(id.ToString()));
        return JsonString.Of(Convert.ToHexStringLower(hash)[..ShortLength]);
    }
}
