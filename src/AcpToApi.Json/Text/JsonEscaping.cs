using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace AcpToApi.Json.Text;

/// <summary>From plain UTF-8 to the inside of a JSON string and back (RFC 8259, section 7).</summary>
public static class JsonEscaping
{
    static readonly SearchValues<byte> MustEscape = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, (byte)'"', (byte)'\\',
    ]);

    /// <summary>Appends plain UTF-8, escaped.</summary>
    public static void Escape(ReadOnlySpan<byte> plain, PooledBuffer output)
    {
        while (true)
        {
            var special = plain.IndexOfAny(MustEscape);
            if (special < 0)
            {
                output.Write(plain);
                return;
            }
            output.Write(plain[..special]);
            WriteEscape(plain[special], output);
            plain = plain[(special + 1)..];
        }
    }

    /// <summary>Number of characters (code points) of plain UTF-8.</summary>
    public static long CountPlainCharacters(ReadOnlySpan<byte> plain)
    {
        long count = 0;
        // All bytes but the later ones of a sequence.
        foreach (var b in plain) count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    /// <summary>Number of characters (code points) that a JSON string's inside stands for.</summary>
    public static long CountCharacters(ReadOnlySpan<byte> escaped)
    {
        long count = 0;
        while (true)
        {
            var backslash = escaped.IndexOf((byte)'\\');
            if (backslash < 0 || backslash + 1 >= escaped.Length) return count + CountPlainCharacters(escaped);
            count += CountPlainCharacters(escaped[..backslash]);
            var isUnicode = escaped[backslash + 1] == (byte)'u';
            var length = Math.Min(isUnicode ? 6 : 2, escaped.Length - backslash);
            // The second half of a surrogate pair is no character of its own.
            if (!isUnicode || !IsLowSurrogate(escaped.Slice(backslash, length))) count++;
            escaped = escaped[(backslash + length)..];
        }
    }

    static bool IsLowSurrogate(ReadOnlySpan<byte> escape) => escape.Length == 6 && (escape[2] | 0x20) == (byte)'d' && (escape[3] | 0x20) is >= (byte)'c' and <= (byte)'f';

    /// <summary>Appends the plain UTF-8 of a JSON string's inside; a lone surrogate becomes U+FFFD.</summary>
    public static void Unescape(ReadOnlySpan<byte> escaped, PooledBuffer output)
    {
        while (true)
        {
            var backslash = escaped.IndexOf((byte)'\\');
            if (backslash < 0 || backslash + 1 >= escaped.Length)
            {
                output.Write(backslash < 0 ? escaped : escaped[..backslash]);
                return;
            }
            output.Write(escaped[..backslash]);
            escaped = escaped[(backslash + 1)..];
            if (escaped[0] == (byte)'u')
            {
                escaped = UnescapeUnicode(escaped[1..], output);
                continue;
            }
            output.Write(escaped[0] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                var itself => itself,
            });
            escaped = escaped[1..];
        }
    }

    static void WriteEscape(byte value, PooledBuffer output)
    {
        switch (value)
        {
            case (byte)'"': output.Write("\\\""u8); break;
            case (byte)'\\': output.Write("\\\\"u8); break;
            case (byte)'\n': output.Write("\\n"u8); break;
            case (byte)'\r': output.Write("\\r"u8); break;
            case (byte)'\t': output.Write("\\t"u8); break;
            default:
                output.Write("\\u00"u8);
                Utf8Formatter.TryFormat(value, output.GetSpan(2), out var written, new StandardFormat('x', 2));
                output.Advance(written);
                break;
        }
    }

    // `rest` starts after "\u"; returns what follows the escape (and its low surrogate).
    static ReadOnlySpan<byte> UnescapeUnicode(ReadOnlySpan<byte> rest, PooledBuffer output)
    {
        if (!TryHex(rest, out var unit))
        {
            WriteRune(Rune.ReplacementChar, output);
            return rest;
        }
        rest = rest[4..];
        if (char.IsHighSurrogate(unit) && rest.StartsWith("\\u"u8) && TryHex(rest[2..], out var low) && char.IsLowSurrogate(low))
        {
            WriteRune(new Rune(unit, low), output);
            return rest[6..];
        }
        WriteRune(char.IsSurrogate(unit) ? Rune.ReplacementChar : new Rune(unit), output);
        return rest;
    }

    static bool TryHex(ReadOnlySpan<byte> digits, out char unit)
    {
        unit = '\0';
        if (digits.Length < 4 || !Utf8Parser.TryParse(digits[..4], out ushort value, out var read, 'x') || read != 4) return false;
        unit = (char)value;
        return true;
    }

    static void WriteRune(Rune rune, PooledBuffer output) => output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
}
