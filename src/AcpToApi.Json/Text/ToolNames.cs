using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Fits tool names and tool-call ids into what a target takes (letters, digits, <c>_</c>, <c>-</c>; a greatest length). The same input
/// always gives the same output, so a call and its result still belong together and no state is needed.
/// </summary>
public static class ToolNames
{
    const int HashLength = 8;
    static readonly SearchValues<byte> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    /// <summary>The name or id as the target takes it: unchanged where it fits, else its readable start and a hash.</summary>
    public static JsonString Fit(JsonString name, int maxLength)
    {
        var bytes = name.Bytes.Span;
        if (bytes.Length <= maxLength && !bytes.IsEmpty && !bytes.ContainsAnyExcept(Allowed)) return name;
        var text = name.ToString();
        var fitted = new StringBuilder(maxLength);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, maxLength - HashLength - 1)))
        {
            fitted.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        fitted.Append('_').Append(Convert.ToHexStringLower(hash.AsSpan(0, HashLength / 2)));
        return JsonString.Of(fitted.ToString());
    }

    /// <summary>A tool-call id as another provider takes it: without the signature that it may carry, and fitted.</summary>
    public static JsonString FitId(JsonString id, int maxLength) => Fit(CarriedSignature.Strip(id), maxLength);

    /// <summary>A sink that gives calls the names that the client knows, where some had to be fitted; else <paramref name="sink"/> itself.</summary>
    public static IEventSink Restoring(ChatRequest request, int maxLength, IEventSink sink)
    {
        Dictionary<string, JsonString>? originals = null;
        foreach (var tool in request.Tools)
        {
            var fitted = Fit(tool.Name, maxLength);
            if (!fitted.Equals(tool.Name)) (originals ??= [])[fitted.ToString()] = tool.Name;
        }
        return originals is null ? sink : new Sinks.ToolNameRestorer(originals, sink);
    }
}
