using System.Collections.Concurrent;
using System.Globalization;
using AcpToApi.Json.Model;

namespace AcpToApi.Telemetry;

/// <summary>
/// What <c>GET /metrics</c> counts. Labels come from closed sets only (routes of the table, configured providers, usual HTTP statuses), so nobody
/// can make the number of series grow.
/// </summary>
sealed class Meters
{
    readonly ConcurrentDictionary<(string Endpoint, string Backend, string Status), StrongBox> _requests = new();
    readonly ConcurrentDictionary<(string Endpoint, string Backend), Histogram> _firstToken = new();
    readonly ConcurrentDictionary<(string Endpoint, string Backend), Histogram> _durations = new();
    readonly ConcurrentDictionary<(string Backend, string Kind), StrongBox> _tokens = new();
    readonly ConcurrentDictionary<(string Backend, string Outcome), StrongBox> _attempts = new();
    long _inFlight;

    /// <summary>Requests that are being answered.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    /// <summary>A request has begun.</summary>
    public void Begin() => Interlocked.Increment(ref _inFlight);

    /// <summary>A request has ended.</summary>
    public void End(RequestRecord record, int status)
    {
        Count(record, status);
        // Last: who sees nothing in flight sees everything counted.
        Interlocked.Decrement(ref _inFlight);
    }

    void Count(RequestRecord record, int status)
    {
        Add(_requests, (record.Endpoint, record.Backend, StatusOf(status)), 1);
        if (record.Endpoint == RequestRecord.NoEndpoint) return;
        var key = (record.Endpoint, record.Backend);
        _durations.GetOrAdd(key, static _ => new Histogram()).Observe(record.Elapsed);
        if (record.FirstToken is { } first) _firstToken.GetOrAdd(key, static _ => new Histogram()).Observe(first);
        Count(record.Backend, record.Tokens);
    }

    /// <summary>A provider was asked; <paramref name="outcome"/> is <c>ok</c>, <c>error</c> (an HTTP error) or <c>unreachable</c>.</summary>
    public void Attempt(string backend, string outcome) => Add(_attempts, (backend, outcome), 1);

    /// <summary>All of it in Prometheus' text format.</summary>
    public string Write()
    {
        var text = new PrometheusText();
        // Before the counts, see End.
        var inFlight = Interlocked.Read(ref _inFlight);
        text.Metric("acptoapi_requests_total", "counter", "Requests by endpoint, backend and status.");
        foreach (var (key, count) in _requests)
        {
            text.Sample("acptoapi_requests_total", $"{Labels(key.Endpoint, key.Backend)},status=\"{key.Status}\"", count.Value);
        }
        text.Metric("acptoapi_errors_total", "counter", "Requests that ended with a status of 400 or more.");
        foreach (var (key, count) in _requests)
        {
            if (key.Status[0] < '4') continue;
            text.Sample("acptoapi_errors_total", $"{Labels(key.Endpoint, key.Backend)},status=\"{key.Status}\"", count.Value);
        }
        text.Metric("acptoapi_requests_in_flight", "gauge", "Requests that have begun and not ended.");
        text.Sample("acptoapi_requests_in_flight", "", inFlight);
        text.Metric("acptoapi_time_to_first_token_seconds", "histogram", "Time from the request to the first content that went to the client.");
        foreach (var (key, histogram) in _firstToken) histogram.Write(text, "acptoapi_time_to_first_token_seconds", Labels(key.Endpoint, key.Backend));
        text.Metric("acptoapi_request_duration_seconds", "histogram", "Time from the request to the end of its answer.");
        foreach (var (key, histogram) in _durations) histogram.Write(text, "acptoapi_request_duration_seconds", Labels(key.Endpoint, key.Backend));
        text.Metric("acptoapi_tokens_total", "counter", "Tokens as the providers count them: input (cached is a part of it), output (reasoning is a part of it).");
        foreach (var (key, count) in _tokens) text.Sample("acptoapi_tokens_total", $"backend=\"{key.Backend}\",kind=\"{key.Kind}\"", count.Value);
        text.Metric("acptoapi_upstream_attempts_total", "counter", "Requests to providers, by how they went.");
        foreach (var (key, count) in _attempts) text.Sample("acptoapi_upstream_attempts_total", $"backend=\"{key.Backend}\",outcome=\"{key.Outcome}\"", count.Value);
        return text.ToString();
    }

    void Count(string backend, in TokenUsage tokens)
    {
        if (tokens == default) return;
        Add(_tokens, (backend, "input"), tokens.Input);
        Add(_tokens, (backend, "output"), tokens.Output);
        Add(_tokens, (backend, "cached"), tokens.CacheRead);
        Add(_tokens, (backend, "reasoning"), tokens.Reasoning);
    }

    // An upstream may answer with any number, of which only the class is told.
    static string StatusOf(int status) => status is 200 or 201 or 202 or 204 or (>= 400 and <= 431 and not (>= 418 and <= 420)) or 451 or 499 or (>= 500 and <= 508) or 529
        ? status.ToString(CultureInfo.InvariantCulture)
        : status switch { < 300 => "2xx", < 400 => "3xx", < 500 => "4xx", _ => "5xx" };

    static string Labels(string endpoint, string backend) => $"endpoint=\"{endpoint}\",backend=\"{backend}\"";

    static void Add<TKey>(ConcurrentDictionary<TKey, StrongBox> counters, TKey key, long count)
        where TKey : notnull => Interlocked.Add(ref counters.GetOrAdd(key, static _ => new StrongBox()).Value, count);

    sealed class StrongBox
    {
        public long Value;
    }
}
