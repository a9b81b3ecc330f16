using System.Diagnostics;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Telemetry;

/// <summary>What one request's log line tells.</summary>
sealed class RequestRecord
{
    readonly long _began = Stopwatch.GetTimestamp();
    long _firstToken;

    /// <summary>The record of a request.</summary>
    public static RequestRecord Of(HttpContext http) => (RequestRecord)http.Items[typeof(RequestRecord)]!;

    /// <summary>The model as the client named it.</summary>
    public string Model { get; set; } = "-";

    /// <summary>Who answered.</summary>
    public string Backend { get; set; } = "-";

    /// <summary>Whether the request was a chat, so that tokens mean something.</summary>
    public TokenUsage Tokens { get; private set; }

    /// <summary>How it failed, if it did.</summary>
    public BridgeError? Error { get; set; }

    /// <summary>Whether the client left before the end.</summary>
    public bool ClientLeft { get; set; }

    /// <summary>Milliseconds to the first content; 0 when none came.</summary>
    public long FirstTokenMs => _firstToken == 0 ? 0 : (long)Stopwatch.GetElapsedTime(_began, _firstToken).TotalMilliseconds;

    /// <summary>Milliseconds until now.</summary>
    public long TotalMs => (long)Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>Notes that content goes to the client; the first time counts.</summary>
    public void MarkFirstToken()
    {
        if (_firstToken == 0) _firstToken = Stopwatch.GetTimestamp();
    }

    /// <summary>Takes over what was watched.</summary>
    public void Take(UsageTap tap)
    {
        Tokens = tap.Counts;
        Error ??= tap.Failure;
    }
}
