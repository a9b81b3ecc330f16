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

    long _total;
    Kind _kind;
    Kind _lead;
    byte _last;
    int _run;
    int _capitals;
    int _repeated;
    int _spaces;
    bool _afterSpace;
    bool _lineEnded;

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
                if (_kind != Kind.Space) Begin(Kind.Space);
                _spaces++;
                break;
            case < 0x20:
                AddLineEnd();
                break;
            case >= (byte)'0' and <= (byte)'9':
                if (_kind != Kind.Digits) Begin(Kind.Digits);
                if (_run++ % profile.Digits == 0) _total += Piece;
                break;
            case >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z':
                AddLetter(value);
                break;
            case (byte)'\'' when _kind == Kind.Word:
                _total += profile.Contraction;
                break;
            case < 0x80:
                AddSign(value);
                break;
            default:
                if (_kind != Kind.Wide) Begin(Kind.Wide);
                _total += value switch { >= 0xF0 => FourByteSign, >= 0xE0 => profile.ThreeByteLetter, >= 0xC0 => TwoByteLetter, _ => 0 };
                break;
        }
        _last = value;
    }

    /// <summary>The weight of them all, in hundredths of a token.</summary>
    public long Weight()
    {
        Begin(Kind.None);
        return _total;
    }

    void AddLetter(byte value)
    {
        var isCapital = value < (byte)'a';
        if (_kind != Kind.Word || (isCapital && _last >= (byte)'a'))
        {
            var absorbs = _kind == Kind.Signs && _run == 1 && !_afterSpace && !_lineEnded;
            if (absorbs) _kind = Kind.None;
            Begin(Kind.Word);
            _lead = absorbs && !isBare ? Kind.Signs : absorbs || _afterSpace ? Kind.Space : Kind.None;
            _capitals = 0;
        }
        if (isCapital && _capitals == _run) _capitals++;
        _run++;
    }

    void AddSign(byte value)
    {
        // Slashes may follow a line's end within a run: comments are frequent.
        if (_kind != Kind.Signs || (_lineEnded && value != (byte)'/')) Begin(Kind.Signs);
        _run++;
        if (_run > 2 && value == _last) _repeated++;
    }

    void AddLineEnd()
    {
        if (_kind == Kind.Signs)
        {
            _lineEnded = true;
            return;
        }
        if (_kind != Kind.Space) Begin(Kind.Space);
        if (!_lineEnded) _total += Piece;
        _lineEnded = true;
        _spaces = 0;
    }

    void Begin(Kind next)
    {
        _total += _kind switch
        {
            Kind.Word => OfWord(),
            Kind.Signs when isBare => 0,
            Kind.Signs => Piece + (_repeated * Repeated) + (Math.Max(_run - 2 - _repeated, 0) * FurtherSign),
            // The last space belongs to what follows, unless that is a number.
            Kind.Space when next is Kind.Word or Kind.Signs or Kind.Wide => _spaces > 1 ? Piece : 0,
            Kind.Space when isBare => 0,
            Kind.Space => Math.Min(_spaces, next == Kind.Digits ? 2 : 1) * Piece,
            _ => 0,
        };
        _afterSpace = _kind == Kind.Space && _spaces > 0;
        (_kind, _run, _repeated, _spaces, _lineEnded) = (next, 0, 0, 0, false);
    }

    readonly int OfWord()
    {
        var further = Math.Max(_run - KnownLetters, 0);
        return (Math.Max(_run - LongLetters, 0) * LongLetter) + _lead switch
        {
            Kind.Space => Piece + (further * 2) + (CapitalsOf() / 8),
            Kind.Signs when isBare => 0,
            Kind.Signs => Piece + 22 + (further * 10) + CapitalsOf(),
            _ => Piece + (further * 8) + CapitalsOf(),
        };
    }

    readonly int CapitalsOf() => Math.Max(_capitals - KnownCapitals, 0) * FurtherCapital;
}
