namespace AcpToApi;

/// <summary>How much of anything is held at once.</summary>
static class Limits
{
    /// <summary>Largest request body, whole answer, and single event of a stream, in bytes.</summary>
    public const int MaxBytes = MaxMiB * 1024 * 1024;

    /// <summary>The same, for messages.</summary>
    public const int MaxMiB = 32;
}
