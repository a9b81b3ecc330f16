using System.Diagnostics;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Telemetry;

/// <summary>What one request's log line tells.</summary>
sealed class RequestRecord
{
    /// <summary>Stands for requests that no route answered.</summary>
    public const string NoEndpoint = "none";

    readonly long _began = Stopwatch.GetTimestamp();
    long _firstToken;

    /// <summary>The record of a request.</summary>
    public static RequestRecord Of(HttpContext http) => (RequestRecord)http.Items[typeof(RequestRecord)]!;

    /// <summary>The path template of the route that answered, or <see cref="NoEndpoint"/>.</summary>
    public string Endpoint { get; set; } = NoEndpoint;

    /// <summary>The model as the client named it.</summary>
    public string Model { get; set; } = "-";

    /// <summary>Who answered.</summary>
    public string Backend { get; set; } = "-";

    /// <summary>Tokens as the provider counted them; zeros when it did not.</summary>
    public TokenUsage Tokens { get; private set; }

    /// <summary>How it failed, if it did.</summary>
    public BridgeError? Error { get; set; }

    /// <summary>Whether the client left before the end.</summary>
    public bool ClientLeft { get; set; }

    /// <summary>Time to the first content; null when none came.</summary>
    public TimeSpan? FirstToken => _firstToken == 0 ? null : Stopwatch.GetElapsedTime(_began, _firstToken);

    /// <summary>Time until now.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

    /// <summary>Notes that content goes to the client; the first time counts.</summary>
    public void MarkFirstToken()
    {
        if (_firstToken == 0) _firstToken = Stopwatch.GetTimestamp();
    }

    /// <summary>Takes over what was watched of an answer.</summary>
    public void Take(UsageTap tap)
    {
        Tokens += tap.Counts;
        Error ??= tap.Failure;
    }
}
