namespace AcpToApi.Json.Text;

/// <summary>
/// Weighs text by the kinds of its bytes, since tokenizers differ in their tables but not in what they find easy: a word is a token and a bit,
/// a space before it is free, signs and digits cost more, other scripts cost by the character.
/// </summary>
static class TextTokens
{
    // Hundredths of a token.
    const int Word = 100;
    const int LongWordLetter = 22;
    const int EasyLetters = 6;
    const int Digit = 50;
    const int RepeatedSign = 15;
    const int Blank = 40;
    const int TwoByteLetter = 60;
    const int FourByteSign = 250;

    enum Kind
    {
        Space,
        Blank,
        Letter,
        Digit,
        Sign,
        Wide,
    }

    /// <summary>The weight of a text, plain or still escaped as JSON, in hundredths of a token of the model that <paramref name="profile"/> describes.</summary>
    public static long Count(ReadOnlySpan<byte> text, bool isEscaped, TokenProfile profile)
    {
        long total = 0;
        var last = Kind.Blank;
        var (run, lastByte) = (0, (byte)0);
        for (var at = 0; at < text.Length; at++)
        {
            var value = text[at];
            if (isEscaped && value == (byte)'\\' && at + 1 < text.Length)
            {
                at++;
                if (text[at] == (byte)'u')
                {
                    // \uXXXX is mostly a character of another script, and half a pair costs half a sign.
                    total += profile.ThreeByteLetter;
                    at = Math.Min(at + 4, text.Length - 1);
                    (last, run) = (Kind.Wide, 0);
                    continue;
                }
                value = text[at] is (byte)'n' or (byte)'r' or (byte)'t' ? (byte)'\n' : text[at];
            }
            var kind = KindOf(value);
            run = kind == last && (kind != Kind.Sign || value == lastByte) ? run + 1 : 1;
            total += Weight(kind, run, value, profile);
            (last, lastByte) = (kind, value);
        }
        return total;
    }

    static int Weight(Kind kind, int run, byte value, TokenProfile profile) => kind switch
    {
        Kind.Letter => run == 1 ? Word : run > EasyLetters ? LongWordLetter : 0,
        Kind.Digit => Digit,
        Kind.Sign => run == 1 ? profile.Sign : RepeatedSign,
        Kind.Space => run == 2 ? Blank : 0,
        Kind.Blank => run == 1 ? Blank : 0,
        _ => value switch { >= 0xF0 => FourByteSign, >= 0xE0 => profile.ThreeByteLetter, >= 0xC0 => TwoByteLetter, _ => 0 },
    };

    static Kind KindOf(byte value) => value switch
    {
        (byte)' ' => Kind.Space,
        < 0x20 => Kind.Blank,
        >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' => Kind.Letter,
        >= (byte)'0' and <= (byte)'9' => Kind.Digit,
        >= 0x80 => Kind.Wide,
        _ => Kind.Sign,
    };
}
