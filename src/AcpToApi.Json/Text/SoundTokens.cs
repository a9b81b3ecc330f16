using System.Buffers.Binary;
using System.Buffers.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Estimates what sound costs: so much for each second of it.</summary>
static class SoundTokens
{
    // A frequent rate of compressed sound: 128 kbit/s.
    const int UsualBytes = 16_000;

    // Less holds no speech: 8 kbit/s.
    const int LeastBytes = 1000;

    // By the third byte of a frame of layer III, in kbit/s.
    static ReadOnlySpan<short> Rates => [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];

    // Of MPEG-2, which halves the sampling.
    static ReadOnlySpan<short> LowRates => [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];

    /// <summary>The estimate in hundredths of a token: by the bytes to a second that the header of WAV or MP3 tells.</summary>
    public static long Of(MediaPart sound, TokenProfile profile)
    {
        if (sound.Data is not { } data) return 0;
        Span<byte> head = stackalloc byte[48];
        var base64 = data.Bytes.Span;
        Base64.DecodeFromUtf8(base64[..(Math.Min(base64.Length, 64) / 4 * 4)], head, out _, out var written, isFinalBlock: false);
        return base64.Length * 75L * profile.Sound / BytesPerSecond(head[..written]);
    }

    static int BytesPerSecond(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 32 && head.StartsWith("RIFF"u8)) return Math.Max(BinaryPrimitives.ReadInt32LittleEndian(head[28..]), LeastBytes);
        // ISO 11172-3, 2.4.2.3: eleven ones, two bits for the version and two for the layer; the rate comes next.
        if (head.Length < 3 || head[0] != 0xFF || (head[1] & 0xE6) != 0xE2) return UsualBytes;
        var rate = ((head[1] & 0x18) == 0x18 ? Rates : LowRates)[head[2] >> 4];
        return rate == 0 ? UsualBytes : rate * 1000 / 8;
    }
}
