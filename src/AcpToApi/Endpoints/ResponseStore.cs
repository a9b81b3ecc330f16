using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcpToApi.Cli;
using AcpToApi.Hosting;
using AcpToApi.Json.OpenAiResponses;

namespace AcpToApi.Endpoints;

/// <summary>An answer, and the conversation that it ended.</summary>
sealed record StoredResponse(ReadOnlyMemory<byte> Answer, ResponseHistory History, DateTimeOffset At)
{
    public long Bytes => Answer.Length + History.Input.Length + History.Output.Length;
}

/// <summary>
/// Answers that later requests may go on from: bounded in number, size and age, the oldest go first. Where clients bring keys of their own (those
/// that go on to <c>--upstream</c>), what was answered to one key is not there for another.
/// </summary>
abstract class ResponseStore(ServerOptions options)
{
    protected const int MostAnswers = 1000;
    protected const long MostBytes = 64 * 1024 * 1024;
    protected static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>The store that the options ask for.</summary>
    public static ResponseStore Create(ServerOptions options, TimeProvider clock, ILogger<ResponseStore> logger) =>
        options.ResponseStore is { } folder ? new DiskResponseStore(folder, options, clock, logger) : new MemoryResponseStore(options, clock);

    /// <summary>Keeps an answer to a client under the answer's own id.</summary>
    public void Keep(HttpRequest client, ReadOnlyMemory<byte> answer, ResponseHistory history)
    {
        using var document = JsonDocument.Parse(answer);
        if (document.RootElement.GetProperty("id").GetString() is { } id) Keep(KeyOf(client, id), answer, history);
    }

    /// <summary>A client's stored answer; null when it never was, or no longer is.</summary>
    public StoredResponse? Find(HttpRequest client, string id) => Find(KeyOf(client, id));

    /// <summary>Forgets an answer.</summary>
    public void Forget(HttpRequest client, string id) => Forget(KeyOf(client, id));

    protected abstract void Keep(string key, ReadOnlyMemory<byte> answer, ResponseHistory history);

    protected abstract StoredResponse? Find(string key);

    protected abstract void Forget(string key);

    // A digest in hex: whatever an id holds, it is a file name and nothing else; and it holds the client's key without telling it.
    string KeyOf(HttpRequest client, string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{OwnerOf(client)}\n{id}")));

    string? OwnerOf(HttpRequest client) => options is { Upstream: not null, UpstreamKey: null }
        ? ClientKeys.Of(client).FirstOrDefault(key => !ClientKeys.Same(key, options.ApiKey))
        : null;
}
