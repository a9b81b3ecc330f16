using AcpToApi.Json.Model;

namespace AcpToApi.Backends;

/// <summary>
/// What one request holds of an answer or an event that is not whole yet. All requests share the room for large ones: each may have as much as
/// is left free, so that many of them get little and the last still gets something.
/// </summary>
sealed class HeldBytes : IDisposable
{
    // Nobody is refused this much.
    const int Small = 1024 * 1024;
    const long Room = 4L * Limits.MaxBytes;

    static long _all;
    int _counted;

    /// <summary>Says how much it is by now; returns why that is too much, or null. <paramref name="what"/> is what the provider sent.</summary>
    public BridgeError? Hold(int length, string provider, string what)
    {
        if (length >= Limits.MaxBytes) return BridgeError.UpstreamProtocol($"{provider} sent {what} of more than {Limits.MaxMiB} MiB.");
        if (length <= Small && _counted == 0) return null;
        if (length <= Small) length = 0;
        var all = Interlocked.Add(ref _all, length - _counted);
        _counted = length;
        if (length <= Room - all) return null;
        return new BridgeError(ErrorKind.Overloaded, 503, $"{provider} sent {what} of {length / Small} MiB or more, for which there is no room beside what other requests hold; try again later.") { RetryAfterSeconds = 1 };
    }

    /// <summary>Nothing is held any more.</summary>
    public void Dispose()
    {
        Interlocked.Add(ref _all, -_counted);
        _counted = 0;
    }
}
