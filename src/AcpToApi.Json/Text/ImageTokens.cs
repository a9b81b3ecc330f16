using System.Buffers.Binary;
using System.Buffers.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Estimates what an image costs: so much for each square that it is cut into, up to where providers scale it down.</summary>
static class ImageTokens
{
    // Enough for the frame header of most JPEGs, which may come after a thumbnail.
    const int HeaderBase64 = 64 * 1024;

    /// <summary>The estimate: from the size that the header of an inline image tells, else the most that one can cost.</summary>
    public static long Of(MediaPart image, TokenProfile profile)
    {
        if (image.Data is not { } data) return profile.Image;
        var base64 = data.Bytes.Span;
        base64 = base64[..(Math.Min(base64.Length, HeaderBase64) / 4 * 4)];
        using var header = new PooledBuffer();
        Base64.DecodeFromUtf8(base64, header.GetSpan(Base64.GetMaxDecodedFromUtf8Length(base64.Length)), out _, out var written, isFinalBlock: false);
        header.Advance(written);
        if (SizeOf(header.Written) is not { } size) return profile.Image;
        var tokens = profile.ImageFrame + (Tiles(size.Width, profile) * Tiles(size.Height, profile) * profile.TileTokens);
        return Math.Clamp(tokens, 1, profile.Image);
    }

    static long Tiles(int length, TokenProfile profile) => ((long)length + profile.Tile - 1) / profile.Tile;

    static (int Width, int Height)? SizeOf(ReadOnlySpan<byte> header)
    {
        if (header.Length >= 24 && header[1..].StartsWith("PNG"u8))
        {
            return (BinaryPrimitives.ReadInt32BigEndian(header[16..]), BinaryPrimitives.ReadInt32BigEndian(header[20..]));
        }
        if (header.Length >= 10 && header.StartsWith("GIF8"u8))
        {
            return (BinaryPrimitives.ReadUInt16LittleEndian(header[6..]), BinaryPrimitives.ReadUInt16LittleEndian(header[8..]));
        }
        if (header.Length >= 30 && header.StartsWith("RIFF"u8) && header[8..].StartsWith("WEBP"u8)) return WebPSize(header);
        return header.Length > 4 && header[0] == 0xFF && header[1] == 0xD8 ? JpegSize(header) : null;
    }

    // RFC 9649: three kinds of first chunk, each with its own place for the size.
    static (int Width, int Height)? WebPSize(ReadOnlySpan<byte> header)
    {
        if (header[12..].StartsWith("VP8X"u8)) return (ReadInt24(header[24..]) + 1, ReadInt24(header[27..]) + 1);
        if (header[12..].StartsWith("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(header[21..]);
            return ((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
        }
        return (BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(header[28..]) & 0x3FFF);
    }

    static int ReadInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;

    // ITU T.81, annex B: segments of a marker and a length; a start of frame (C0 to CF but DHT, JPG and DAC) holds the size.
    static (int Width, int Height)? JpegSize(ReadOnlySpan<byte> header)
    {
        for (var at = 2; at + 9 < header.Length && header[at] == 0xFF;)
        {
            var marker = header[at + 1];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(header[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(header[(at + 5)..]));
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(header[(at + 2)..]);
        }
        return null;
    }
}
