using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Claude Code's first system line: it differs in every request and would defeat every prompt cache.</summary>
static class BillingHeader
{
    /// <summary>The part without that line; null when nothing else was in it.</summary>
    public static TextPart? Without(TextPart part)
    {
        var bytes = part.Text.Bytes.Span;
        if (!bytes.StartsWith("x-anthropic-billing-header"u8)) return part;
        var lineFeed = part.Text.IsEscaped ? "\\n"u8 : "\n"u8;
        var end = bytes.IndexOf(lineFeed);
        if (end < 0 || end + lineFeed.Length == bytes.Length) return null;
        return new TextPart(part.Text with { Bytes = part.Text.Bytes[(end + lineFeed.Length)..] }) { CacheControl = part.CacheControl };
    }
}
