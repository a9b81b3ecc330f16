namespace AcpToApi;

/// <summary>How much of anything is held at once.</summary>
static class Limits
{
    /// <summary>Largest request body, whole answer, and single event of a stream, in bytes.</summary>
    public const int MaxBytes = MaxMiB * 1024 * 1024;

    /// <summary>Most bytes of a stream whose content is kept to its end, for a client that wants it whole; events are mostly packing.</summary>
    public const int MaxKeptStream = 2 * MaxBytes;

    /// <summary><see cref="MaxBytes"/>, for messages.</summary>
    public const int MaxMiB = 32;
}
