using System.Buffers;

namespace AcpToApi.Transport;

/// <summary>
/// What may stand in a header towards a provider. HttpClient does not look at values that are added without validation, so a line break in one
/// would begin a header, or a request, of a stranger's making.
/// </summary>
static class HeaderText
{
    // RFC 9110, section 5.6.2: a token.
    static readonly SearchValues<char> NameCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    static readonly string[] OfBody = ["Allow", "Expires", "Last-Modified", "Transfer-Encoding"];

    /// <summary>Whether the text can be a header's name.</summary>
    public static bool IsName(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Whether HTTP has the header among those of the body (RFC 9110, section 8; RFC 9112, section 6), which go with what is sent.</summary>
    public static bool IsOfBody(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || Array.Exists(OfBody, other => other.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the text can be a header's value: visible ASCII and spaces.</summary>
    public static bool IsValue(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
