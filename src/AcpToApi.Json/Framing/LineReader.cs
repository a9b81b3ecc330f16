namespace AcpToApi.Json.Framing;

/// <summary>Lines that each hold one JSON value (NDJSON): LF or CRLF ends one, and the last may lack it. No line is scanned twice.</summary>
public sealed class LineReader : FrameReader
{
    int _scanned;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Terminator => "\n"u8;

    /// <inheritdoc/>
    public override bool TryRead(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        var end = _scanned < input.Length ? input[_scanned..].IndexOf((byte)'\n') : -1;
        if (end < 0 && !(isFinal && input.Length > 0))
        {
            _scanned = input.Length;
            found = default;
            consumed = 0;
            return false;
        }
        var terminated = end >= 0;
        consumed = terminated ? _scanned + end + 1 : input.Length;
        _scanned = 0;
        var line = input[..consumed].Trim(" \t\r\n"u8);
        found = new Frame { Data = line, HasData = !line.IsEmpty, IsTerminated = terminated };
        return true;
    }
}
