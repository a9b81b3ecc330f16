using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>When and how the caller's side of a connection ended.</summary>
/// <param name="At">Stopwatch ticks.</param>
/// <param name="Early">Before the answer was complete.</param>
public readonly record struct PeerClose(long At, bool Early);

/// <summary>One request as it came in, kept for assertions.</summary>
public sealed class SeenRequest(string method, string target, IReadOnlyList<KeyValuePair<string, string>> headers, byte[] body)
{
    readonly TaskCompletionSource<PeerClose> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Method { get; } = method;

    /// <summary>Path and query as sent.</summary>
    public string Target { get; } = target;

    public string Path { get; } = target.Split('?')[0];

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; } = headers;

    public byte[] Body { get; } = body;

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    /// <summary>Stopwatch ticks at which the whole request had arrived.</summary>
    public long At { get; } = Stopwatch.GetTimestamp();

    /// <summary>Completes when the caller closes the connection, or when the answer was dropped from this side.</summary>
    public Task<PeerClose> Closed => _closed.Task;

    /// <summary>The value of a header, several joined by a comma; null when it was not sent.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToList();
        return values.Count == 0 ? null : string.Join(", ", values);
    }

    internal void MarkClosed(PeerClose close) => _closed.TrySetResult(close);

    public override string ToString() => $"{Method} {Target} ({Body.Length} bytes)";
}
