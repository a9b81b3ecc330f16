using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Fields without neutral meaning: back to where they stood for the same dialect, else named as ignored.</summary>
static class AnthropicExtras
{
    /// <summary>Writes the fields of the object that <paramref name="prefix"/> names (<c>metadata.</c>; empty: the body), each with a leading comma.</summary>
    public static void Write(ChatRequest request, string prefix, PooledBuffer output)
    {
        if (request.Format != WireFormat.AnthropicMessages) return;
        foreach (var extra in request.Extras)
        {
            if (Inside(extra.Name, prefix) is { } name) WriteField(name, extra.Json, output);
        }
    }

    /// <summary>Writes one field with a leading comma.</summary>
    public static void WriteField(string name, ReadOnlyMemory<byte> json, PooledBuffer output)
    {
        output.Write(",\""u8);
        JsonString.Of(name).Text.WriteEscaped(output);
        output.Write("\":"u8);
        output.Write(json.Span);
    }

    /// <summary>Names what another dialect's client sent and nobody can carry.</summary>
    public static void Ignore(ChatRequest request, IgnoredFields ignored)
    {
        if (request.Format == WireFormat.AnthropicMessages) return;
        foreach (var extra in request.Extras) ignored.AddIf(extra.Name != "service_tier" || TierOf(extra.Json.Span).IsEmpty, extra.Name);
    }

    /// <summary>Writes the tier that OpenAI's clients ask for, as far as Anthropic has it.</summary>
    public static void WriteTier(ChatRequest request, PooledBuffer output)
    {
        if (request.Format == WireFormat.AnthropicMessages) return;
        foreach (var (name, json) in request.Extras)
        {
            if (name != "service_tier" || TierOf(json.Span) is not { IsEmpty: false } tier) continue;
            output.Write(",\"service_tier\":"u8);
            output.Write(tier);
        }
    }

    static ReadOnlySpan<byte> TierOf(ReadOnlySpan<byte> asked)
    {
        if (asked.SequenceEqual("\"auto\""u8)) return "\"auto\""u8;
        return asked.SequenceEqual("\"default\""u8) ? "\"standard_only\""u8 : default;
    }

    static string? Inside(string name, string prefix)
    {
        if (prefix.Length == 0) return name.Contains('.') ? null : name;
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;
    }
}
