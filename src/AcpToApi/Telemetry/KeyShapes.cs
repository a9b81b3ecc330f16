using System.Text;

namespace AcpToApi.Telemetry;

/// <summary>Knows keys by their looks, for those that nobody configured here: a provider may quote one of its own, or the client's.</summary>
static class KeyShapes
{
    const int LeastLength = 16;
    const int AccessKeyLength = 20;

    static readonly string[] Starts = ["sk-", "AIza", "gsk_", "xai-", "pplx-", "r8_", "hf_", "nvapi-", "ghp_", "github_pat_"];
    static readonly string[] AccessKeyStarts = ["AKIA", "ASIA"];

    // Base64 of what the tokens of AWS's sessions begin with.
    static readonly string[] SessionTokenStarts = ["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"];

    /// <summary>The text with <paramref name="mark"/> in place of what looks like a key, a JSON web token, or the value of <c>?key=</c>.</summary>
    public static string Replace(string text, string mark)
    {
        StringBuilder? clean = null;
        var copied = 0;
        for (var at = 0; at < text.Length;)
        {
            // In JSON the letter behind a backslash is no part of the word: \n, \u0026.
            var isEscaped = text[at] == '\\' && at + 1 < text.Length;
            if (isEscaped) at = Math.Min(at + (text[at + 1] == 'u' ? 6 : 2), text.Length);
            else if (!IsOfWord(text, at))
            {
                at++;
                continue;
            }
            var (start, end) = (at, WordEnd(text, at));
            if (IsParameter(text, start, end, isEscaped)) (start, end) = (end + 1, ValueEnd(text, end + 1));
            else if (!IsKey(text, start, ref end)) start = end;
            at = end;
            if (start == end) continue;
            (clean ??= new StringBuilder()).Append(text, copied, start - copied).Append(mark);
            copied = end;
        }
        return clean is null ? text : clean.Append(text, copied, text.Length - copied).ToString();
    }

    static bool IsKey(string text, int start, ref int end)
    {
        var word = text.AsSpan(start, end - start);
        if (word.Length == AccessKeyLength && BeginsWith(word, AccessKeyStarts)) return !word.ContainsAnyInRange('a', 'z') && !word.ContainsAny('-', '_');
        if (BeginsWith(word, Starts)) return word.Length >= LeastLength && word.ContainsAnyInRange('0', '9');
        if (BeginsWith(word, SessionTokenStarts))
        {
            while (end < text.Length && (IsOfWord(text, end) || text[end] is '+' or '/' or '=')) end++;
            return true;
        }
        return word.StartsWith("eyJ", StringComparison.Ordinal) && IsWebToken(text, ref end);
    }

    // Head, claims and signature, with dots between them; the head and the claims are JSON objects in base64.
    static bool IsWebToken(string text, ref int end)
    {
        if (!text.AsSpan(end).StartsWith(".eyJ", StringComparison.Ordinal)) return false;
        var claims = WordEnd(text, end + 1);
        if (claims == text.Length || text[claims] != '.') return false;
        end = WordEnd(text, claims + 1);
        return true;
    }

    static bool IsParameter(string text, int start, int end, bool isEscaped) =>
        end < text.Length && text[end] == '=' && text.AsSpan(start, end - start).Equals("key", StringComparison.OrdinalIgnoreCase) && (isEscaped || (start > 0 && text[start - 1] is '?' or '&'));

    static int ValueEnd(string text, int at)
    {
        while (at < text.Length && text[at] > ' ' && text[at] is not ('&' or '#' or '"' or '\'' or '\\' or '<' or '>' or ')' or ',')) at++;
        return at;
    }

    static bool BeginsWith(ReadOnlySpan<char> word, string[] starts)
    {
        foreach (var start in starts)
        {
            if (word.StartsWith(start, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    static int WordEnd(string text, int at)
    {
        while (at < text.Length && IsOfWord(text, at)) at++;
        return at;
    }

    static bool IsOfWord(string text, int at) => char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '_';
}
