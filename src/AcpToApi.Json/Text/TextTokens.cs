using System.Buffers.Text;

namespace AcpToApi.Json.Text;

/// <summary>Weighs text by the pieces that tokenizers cut it into before they look into their tables, which differ less than those.</summary>
static class TextTokens
{
    /// <summary>The weight of a text, plain or still escaped as JSON, in hundredths of a token of the model that <paramref name="profile"/> describes.</summary>
    public static long Count(ReadOnlySpan<byte> text, bool isEscaped, TokenProfile profile, bool isBare = false)
    {
        var pieces = new TextPieces(profile, isBare);
        for (var at = 0; at < text.Length; at++)
        {
            var value = text[at];
            if (!isEscaped || value != (byte)'\\' || at + 1 == text.Length)
            {
                pieces.Add(value);
                continue;
            }
            at++;
            if (text[at] != (byte)'u')
            {
                pieces.Add(text[at] is (byte)'n' or (byte)'r' or (byte)'t' ? (byte)'\n' : text[at]);
                continue;
            }
            var digits = text.Slice(at + 1, Math.Min(4, text.Length - at - 1));
            at += digits.Length;
            // Mostly a letter of another script; half a pair counts as one too.
            pieces.Add(Utf8Parser.TryParse(digits, out int code, out _, 'x') && code < 0x80 ? (byte)code : (byte)0xE0);
        }
        return pieces.Weight() * profile.TextPercent / 100;
    }
}
