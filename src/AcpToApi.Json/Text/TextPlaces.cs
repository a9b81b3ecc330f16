using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Between characters (code points) and bytes of a text that comes in pieces; kept is only what comes after its first character beyond ASCII, where they part.</summary>
sealed class TextPlaces : IDisposable
{
    readonly PooledBuffer _text = new();
    long _ascii;

    /// <summary>Notes a piece.</summary>
    public void Add(JsonText text)
    {
        if (_text.Length == 0 && Ascii.IsValid(text.Bytes) && (!text.IsEscaped || text.Bytes.IndexOf("\\u"u8) < 0)) _ascii += text.CharacterCount;
        else text.WriteDecoded(_text);
    }

    /// <summary>The character that stands behind so many bytes.</summary>
    public long CharactersIn(long bytes)
    {
        if (bytes <= _ascii) return Math.Max(bytes, 0);
        return _ascii + JsonText.Plain(_text.Written[..(int)Math.Min(bytes - _ascii, _text.Length)]).CharacterCount;
    }

    /// <summary>The byte that stands behind so many characters.</summary>
    public long BytesIn(long characters)
    {
        if (characters <= _ascii) return Math.Max(characters, 0);
        var text = _text.Written;
        var (left, bytes) = (characters - _ascii, 0);
        while (bytes < text.Length && (left > 0 || (text[bytes] & 0xC0) == 0x80))
        {
            if ((text[bytes++] & 0xC0) != 0x80) left--;
        }
        return _ascii + bytes;
    }

    /// <summary>Forgets the text.</summary>
    public void Clear()
    {
        _text.Clear();
        _ascii = 0;
    }

    public void Dispose() => _text.Dispose();
}
