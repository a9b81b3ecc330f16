using System.Globalization;
using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Finds out, piece by piece, whether the arguments of a call are a whole JSON object yet.</summary>
struct ObjectEnd
{
    int _depth;
    bool _hasBegun;
    bool _isInString;
    bool _isEscaped;

    /// <summary>Whether the object has ended.</summary>
    public readonly bool IsReached => _hasBegun && _depth == 0;

    /// <summary>Takes the next piece.</summary>
    public void Add(JsonText text)
    {
        var bytes = text.Bytes;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (text.IsEscaped && bytes[i] == '\\' && i + 1 < bytes.Length) Step(Unescaped(bytes, ref i));
            else Step(bytes[i]);
        }
    }

    // The escapes of the string that the arguments come in; theirs are escaped once more.
    static byte Unescaped(ReadOnlySpan<byte> bytes, ref int at)
    {
        const byte Other = (byte)'x';
        var escape = bytes[++at];
        if (escape is (byte)'"' or (byte)'\\') return escape;
        if (escape != 'u' || at + 4 >= bytes.Length) return Other;
        var isHex = int.TryParse(bytes.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var letter);
        at += 4;
        return isHex && Rune.IsValid(letter) && new Rune(letter).IsAscii ? (byte)letter : Other;
    }

    void Step(byte letter)
    {
        if (_isEscaped) _isEscaped = false;
        else if (_isInString && letter == '\\') _isEscaped = true;
        else if (letter == '"') _isInString = !_isInString;
        else if (_isInString) return;
        else if (letter is (byte)'{' or (byte)'[')
        {
            _depth++;
            _hasBegun = true;
        }
        else if (letter is (byte)'}' or (byte)']') _depth--;
    }
}
