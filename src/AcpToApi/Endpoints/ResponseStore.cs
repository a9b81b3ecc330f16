using System.Text.Json;
using AcpToApi.Json.OpenAiResponses;

namespace AcpToApi.Endpoints;

/// <summary>Answers that later requests may go on from, in memory: bounded in number, size and age, the oldest go first.</summary>
sealed class ResponseStore(TimeProvider clock)
{
    const int MostAnswers = 1000;
    const long MostBytes = 64 * 1024 * 1024;
    static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    readonly Lock _lock = new();
    readonly Dictionary<string, Stored> _byId = [];
    readonly Queue<string> _oldestFirst = new();
    long _bytes;

    /// <summary>An answer, and the conversation that it ended.</summary>
    public sealed record Stored(byte[] Answer, ResponseHistory History, DateTimeOffset At)
    {
        public long Bytes => Answer.Length + History.Input.Length + History.Output.Length;
    }

    /// <summary>Keeps an answer under its own id.</summary>
    public void Keep(ReadOnlyMemory<byte> answer, ResponseHistory history)
    {
        using var document = JsonDocument.Parse(answer);
        if (document.RootElement.GetProperty("id").GetString() is not { } id) return;
        var stored = new Stored(answer.ToArray(), history, clock.GetUtcNow());
        lock (_lock)
        {
            if (!_byId.TryAdd(id, stored)) return;
            _oldestFirst.Enqueue(id);
            _bytes += stored.Bytes;
            while (_oldestFirst.Count > MostAnswers || _bytes > MostBytes) Remove(_oldestFirst.Dequeue());
        }
    }

    /// <summary>A stored answer; null when it never was, or no longer is.</summary>
    public Stored? Find(string id)
    {
        lock (_lock)
        {
            if (!_byId.TryGetValue(id, out var stored)) return null;
            if (clock.GetUtcNow() - stored.At < Lifetime) return stored;
            Remove(id);
            return null;
        }
    }

    /// <summary>Forgets an answer.</summary>
    public void Forget(string id)
    {
        lock (_lock) Remove(id);
    }

    // Its place in the queue stays until its turn comes.
    void Remove(string id)
    {
        if (_byId.Remove(id, out var stored)) _bytes -= stored.Bytes;
    }
}
