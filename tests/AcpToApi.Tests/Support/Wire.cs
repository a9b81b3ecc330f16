using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcpToApi.Tests.Support;

/// <summary>One event of a stream, or one comment, with the time it arrived (Stopwatch ticks, and Unix microseconds).</summary>
public sealed record Frame(string? Name, string Data, string? Comment, long At, long UnixMicroseconds)
{
    JsonNode? _json;

    public bool IsJson => Data.StartsWith('{');

    public JsonNode Json => _json ??= JsonNode.Parse(Data)!;

    public override string ToString() => Comment is null ? $"{Name}|{Data}" : $": {Comment}";
}

/// <summary>HTTP as the tests need it.</summary>
public static class Wire
{
    /// <summary>Writes text as it is.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A client that closes its connection at once when an answer is given up, instead of reading on for a while.</summary>
    public static HttpClient NewClient() =>
        new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, MaxResponseDrainSize = 0, ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(30) };

    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string url, JsonNode body, Action<HttpRequestMessage>? change = null) =>
        http.PostAsync(url, body.ToJsonString(Plain), change);

    public static async Task<HttpResponseMessage> PostAsync(this HttpClient http, string url, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Bridge.ClientKey}");
        change?.Invoke(request);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        try
        {
            return JsonNode.Parse(text) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new InvalidDataException($"{(int)response.StatusCode} without JSON: {text}");
        }
    }

    /// <summary>A header of the answer; null when it was not sent.</summary>
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    /// <summary>Every event to the end of the stream. A connection that breaks is an end, too: <paramref name="response"/> is what is judged.</summary>
    public static async Task<List<Frame>> EventsAsync(this HttpResponseMessage response, bool comments = false)
    {
        var events = new List<Frame>();
        try
        {
            await foreach (var e in response.ReadEventsAsync())
            {
                if (comments || e.Comment is null) events.Add(e);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // What came before tells the client what to think.
        }
        return events;
    }

    /// <summary>Events as they arrive.</summary>
    public static async IAsyncEnumerable<Frame> ReadEventsAsync(this HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var pending = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        var (bytes, chars) = (new byte[65536], new char[65536]);
        while (true)
        {
            var count = await stream.ReadAsync(bytes, limit.Token);
            if (count == 0) break;
            var (at, unix) = (Stopwatch.GetTimestamp(), FakeProvider.Clock.UnixMicroseconds);
            pending.Append(chars, 0, decoder.GetChars(bytes, 0, count, chars, 0)).Replace("\r\n", "\n");
            var text = pending.ToString();
            var end = text.LastIndexOf("\n\n", StringComparison.Ordinal);
            if (end < 0) continue;
            pending.Remove(0, end + 2);
            foreach (var block in text[..end].Split("\n\n")) yield return Parse(block, at, unix);
        }
        Assert.True(string.IsNullOrWhiteSpace(pending.ToString()), $"the stream ends within an event: {pending}");
    }

    static Frame Parse(string block, long at, long unix)
    {
        string? name = null, comment = null;
        var data = new List<string>();
        foreach (var line in block.Split('\n'))
        {
            if (line.StartsWith("event:", StringComparison.Ordinal)) name = line[6..].Trim();
            else if (line.StartsWith("data:", StringComparison.Ordinal)) data.Add(line[5..].TrimStart(' '));
            else if (line.StartsWith(':')) comment = line[1..].Trim();
        }
        return new(name, string.Join('\n', data), data.Count == 0 && name is null ? comment ?? "" : null, at, unix);
    }
}
