namespace AcpToApi.Json.Model;

/// <summary>What went wrong, in the terms that every dialect can express.</summary>
public enum ErrorKind
{
    /// <summary>The caller's request is wrong.</summary>
    InvalidRequest,

    /// <summary>A key is missing or not accepted.</summary>
    Authentication,

    /// <summary>The key may not do this.</summary>
    PermissionDenied,

    /// <summary>No such path or resource.</summary>
    NotFound,

    /// <summary>No such model.</summary>
    ModelNotFound,

    /// <summary>The body is larger than allowed.</summary>
    TooLarge,

    /// <summary>Too many requests or tokens; try later.</summary>
    RateLimited,

    /// <summary>The provider or this server has no capacity; try later.</summary>
    Overloaded,

    /// <summary>Nobody answered in time.</summary>
    Timeout,

    /// <summary>The upstream could not be reached.</summary>
    UpstreamUnavailable,

    /// <summary>The upstream answered something that is not its protocol, or stopped in the middle.</summary>
    UpstreamProtocol,

    /// <summary>The upstream reported a failure of its own.</summary>
    UpstreamFailed,

    /// <summary>A bug here.</summary>
    Internal,
}

/// <summary>A failure as the caller may see it: no secrets, no stack.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Status">The HTTP status that says so, 400 to 599.</param>
/// <param name="Message">One or two sentences for the caller, with the fix where there is one.</param>
public sealed record BridgeError(ErrorKind Kind, int Status, string Message)
{
    /// <summary>A machine-readable code (<c>model_not_found</c>, or the upstream's own); null when there is none.</summary>
    public string? Code { get; init; }

    /// <summary>The upstream's own error type (<c>overloaded_error</c>), kept for a caller of the same dialect; null when there is none.</summary>
    public string? Type { get; init; }

    /// <summary>The path of the field that is wrong (<c>messages[0].role</c>); null when it is not about a field.</summary>
    public string? Param { get; init; }

    /// <summary>Value of the <c>Retry-After</c> header, in seconds; null when nothing is known.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The caller's request is wrong (400).</summary>
    public static BridgeError InvalidRequest(string message, string? param = null) =>
        new(ErrorKind.InvalidRequest, 400, message) { Param = param };

    /// <summary>The upstream broke its protocol or stopped in the middle (502).</summary>
    public static BridgeError UpstreamProtocol(string message) => new(ErrorKind.UpstreamProtocol, 502, message);

    /// <summary>The kind that an upstream's HTTP status stands for.</summary>
    public static ErrorKind KindOf(int status) => status switch
    {
        401 => ErrorKind.Authentication,
        402 or 403 => ErrorKind.PermissionDenied,
        404 => ErrorKind.NotFound,
        408 or 504 => ErrorKind.Timeout,
        413 => ErrorKind.TooLarge,
        429 => ErrorKind.RateLimited,
        503 or 529 => ErrorKind.Overloaded,
        502 => ErrorKind.UpstreamUnavailable,
        >= 500 => ErrorKind.UpstreamFailed,
        _ => ErrorKind.InvalidRequest,
    };
}

/// <summary>The one exception that request readers and writers throw: the caller's request cannot be understood or carried.</summary>
public sealed class BridgeException(BridgeError error) : Exception(error.Message)
{
    /// <summary>What the caller is told.</summary>
    public BridgeError Error { get; } = error;
}
