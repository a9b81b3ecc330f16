namespace AcpToApi.Json.Text;

/// <summary>
/// The pieces of a text, as byte-pair tokenizers cut it before they merge: a word with the space or the one sign before it, each hump of camel
/// case, some digits, a run of signs with the line ends after it, other white space. Nearly every piece is one token; what is rare is more.
/// </summary>
struct TextPieces(TokenProfile profile, bool isBare = false)
{
    // Hundredths of a token.
    const int Piece = 100;
    const int Repeated = 8;
    const int FurtherSign = 20;
    const int FurtherCapital = 40;
    const int TwoByteLetter = 60;
    const int FourByteSign = 250;

    // Tables know words of up to this many letters.
    const int KnownLetters = 5;
    const int KnownCapitals = 3;
    const int LongLetters = 12;
    const int LongLetter = 50;

    long total;
    Kind kind;
    Kind lead;
    byte last;
    int run;
    int capitals;
    int repeated;
    int spaces;
    bool afterSpace;
    bool lineEnded;

    enum Kind
    {
        None,
        Space,
        Word,
        Digits,
        Signs,
        Wide,
    }

    /// <summary>The next byte of UTF-8.</summary>
    public void Add(byte value)
    {
        switch (value)
        {
            case (byte)' ' or (byte)'\t':
                if (kind != Kind.Space) Begin(Kind.Space);
                spaces++;
                break;
            case < 0x20:
                AddLineEnd();
                break;
            case >= (byte)'0' and <= (byte)'9':
                if (kind != Kind.Digits) Begin(Kind.Digits);
                if (run++ % profile.Digits == 0) total += Piece;
                break;
            case >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z':
                AddLetter(value);
                break;
            case (byte)'\'' when kind == Kind.Word:
                total += profile.Contraction;
                break;
            case < 0x80:
                AddSign(value);
                break;
            default:
                if (kind != Kind.Wide) Begin(Kind.Wide);
                total += value switch { >= 0xF0 => FourByteSign, >= 0xE0 => profile.ThreeByteLetter, >= 0xC0 => TwoByteLetter, _ => 0 };
                break;
        }
        last = value;
    }

    /// <summary>The weight of them all, in hundredths of a token.</summary>
    public long Weight()
    {
        Begin(Kind.None);
        return total;
    }

    void AddLetter(byte value)
    {
        var isCapital = value < (byte)'a';
        if (kind != Kind.Word || (isCapital && last >= (byte)'a'))
        {
            var absorbs = kind == Kind.Signs && run == 1 && !afterSpace && !lineEnded;
            if (absorbs) kind = Kind.None;
            Begin(Kind.Word);
            lead = absorbs && !isBare ? Kind.Signs : absorbs || afterSpace ? Kind.Space : Kind.None;
            capitals = 0;
        }
        if (isCapital && capitals == run) capitals++;
        run++;
    }

    void AddSign(byte value)
    {
        // Slashes may follow a line's end within a run: comments are frequent.
        if (kind != Kind.Signs || (lineEnded && value != (byte)'/')) Begin(Kind.Signs);
        run++;
        if (run > 2 && value == last) repeated++;
    }

    void AddLineEnd()
    {
        if (kind == Kind.Signs)
        {
            lineEnded = true;
            return;
        }
        if (kind != Kind.Space) Begin(Kind.Space);
        if (!lineEnded) total += Piece;
        lineEnded = true;
        spaces = 0;
    }

    void Begin(Kind next)
    {
        total += kind switch
        {
            Kind.Word => OfWord(),
            Kind.Signs when isBare => 0,
            Kind.Signs => Piece + (repeated * Repeated) + (Math.Max(run - 2 - repeated, 0) * FurtherSign),
            // The last space belongs to what follows, unless that is a number.
            Kind.Space when next is Kind.Word or Kind.Signs or Kind.Wide => spaces > 1 ? Piece : 0,
            Kind.Space when isBare => 0,
            Kind.Space => Math.Min(spaces, next == Kind.Digits ? 2 : 1) * Piece,
            _ => 0,
        };
        afterSpace = kind == Kind.Space && spaces > 0;
        (kind, run, repeated, spaces, lineEnded) = (next, 0, 0, 0, false);
    }

    readonly int OfWord()
    {
        var further = Math.Max(run - KnownLetters, 0);
        return (Math.Max(run - LongLetters, 0) * LongLetter) + lead switch
        {
            Kind.Space => Piece + (further * 2) + (CapitalsOf() / 8),
            Kind.Signs when isBare => 0,
            Kind.Signs => Piece + 22 + (further * 10) + CapitalsOf(),
            _ => Piece + (further * 8) + CapitalsOf(),
        };
    }

    readonly int CapitalsOf() => Math.Max(capitals - KnownCapitals, 0) * FurtherCapital;
}
