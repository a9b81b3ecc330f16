using AcpToApi.Json.Model;

namespace AcpToApi.Json.Framing;

/// <summary>One event of a stream; spans point into the frame reader's input or into its own buffer, and are valid until the next call.</summary>
public readonly ref struct Frame
{
    /// <summary>The event's name (the <c>event:</c> field of a server-sent event); empty when there is none.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>What the event carries (the <c>data:</c> lines, joined by LF).</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether it carries anything; a frame without data (comments, blank lines) is passed through, but not read.</summary>
    public bool HasData { get; init; }

    /// <summary>Whether its end mark came; false only for the last event of a body that ends without one.</summary>
    public bool IsTerminated { get; init; }

    /// <summary>Whether the framing itself says that this is an error and no event: <see cref="Name"/> is what kind, <see cref="Data"/> what happened.</summary>
    public bool IsError { get; init; }

    /// <summary>Why the bytes are no event (a wrong checksum, say); the stream cannot be read any further. Null when they are one.</summary>
    public BridgeError? Broken { get; init; }
}
