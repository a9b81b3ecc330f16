using System.Buffers.Binary;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Framing;

/// <summary>
/// Binary messages of AWS (<c>application/vnd.amazon.eventstream</c>): total length, headers' length and a CRC of the two, the headers, the
/// payload, and a CRC of all that. Lengths are believed once their CRC is right, so nothing is read beyond a message.
/// </summary>
public sealed class AwsEventStreamReader : FrameReader
{
    const int PreludeLength = 12;
    const int CrcLength = 4;
    const int MaxHeadersLength = 128 * 1024;

    // What one event may have in the other framings as well.
    const int MaxLength = 32 << 20;

    // Nothing can be read after a broken message: where the next one begins is not known.
    bool _isBroken;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Terminator => default;

    /// <inheritdoc/>
    public override bool TryRead(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        found = default;
        consumed = 0;
        if (_isBroken || input.IsEmpty) return false;
        if (input.Length >= PreludeLength)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(input);
            var headers = BinaryPrimitives.ReadUInt32BigEndian(input[4..]);
            if (Flaw(input, length, headers) is { } flaw) return Break(flaw, input, out found, out consumed);
            if (input.Length >= length) return ReadMessage(input[..(int)length], (int)headers, out found, out consumed);
        }
        return isFinal && Break("ends in the middle of a message", input, out found, out consumed);
    }

    static string? Flaw(ReadOnlySpan<byte> input, uint length, uint headers)
    {
        if (Crc32.Of(input[..8]) != BinaryPrimitives.ReadUInt32BigEndian(input[8..])) return "holds a message whose prelude has a wrong checksum";
        if (length < PreludeLength + CrcLength || headers > length - PreludeLength - CrcLength) return "holds a message whose lengths contradict each other";
        return length > MaxLength || headers > MaxHeadersLength ? $"holds a message of more than {MaxLength >> 20} MiB" : null;
    }

    bool ReadMessage(ReadOnlySpan<byte> message, int headersLength, out Frame found, out int consumed)
    {
        if (Crc32.Of(message[..^CrcLength]) != BinaryPrimitives.ReadUInt32BigEndian(message[^CrcLength..]))
        {
            return Break("holds a message with a wrong checksum", message, out found, out consumed);
        }
        var headers = message.Slice(PreludeLength, headersLength);
        var payload = message[(PreludeLength + headersLength)..^CrcLength];
        ReadOnlySpan<byte> kind = default, eventType = default, exceptionType = default, errorCode = default, errorMessage = default;
        while (!headers.IsEmpty)
        {
            if (!AwsEventHeader.TryRead(ref headers, out var header)) return Break("holds a message with broken headers", message, out found, out consumed);
            if (header.Name.SequenceEqual(":message-type"u8)) kind = header.Value;
            else if (header.Name.SequenceEqual(":event-type"u8)) eventType = header.Value;
            else if (header.Name.SequenceEqual(":exception-type"u8)) exceptionType = header.Value;
            else if (header.Name.SequenceEqual(":error-code"u8)) errorCode = header.Value;
            else if (header.Name.SequenceEqual(":error-message"u8)) errorMessage = header.Value;
        }
        consumed = message.Length;
        // An exception is one of the service's model and says what happened in its payload; an error is any other, and says it in a header.
        if (kind.SequenceEqual("error"u8)) found = new Frame { Name = errorCode, Data = errorMessage, HasData = true, IsTerminated = true, IsError = true };
        else if (kind.SequenceEqual("exception"u8)) found = new Frame { Name = exceptionType, Data = payload, HasData = true, IsTerminated = true, IsError = true };
        else found = new Frame { Name = eventType, Data = payload, HasData = !payload.IsEmpty, IsTerminated = true };
        return true;
    }

    bool Break(string flaw, ReadOnlySpan<byte> input, out Frame found, out int consumed)
    {
        _isBroken = true;
        consumed = input.Length;
        found = new Frame { HasData = true, IsTerminated = true, Broken = BridgeError.UpstreamProtocol($"The provider's stream {flaw}.") };
        return true;
    }
}
