using AcpToApi.Cli;
using AcpToApi.Json.OpenAiResponses;

namespace AcpToApi.Endpoints;

/// <summary>Keeps answers as long as the process runs.</summary>
sealed class MemoryResponseStore(ServerOptions options, TimeProvider clock) : ResponseStore(options)
{
    readonly Lock _lock = new();
    readonly Dictionary<string, StoredResponse> _byKey = [];
    readonly Queue<string> _oldestFirst = new();
    long _bytes;

    protected override void Keep(string key, ReadOnlyMemory<byte> answer, ResponseHistory history)
    {
        var stored = new StoredResponse(answer.ToArray(), history, clock.GetUtcNow());
        lock (_lock)
        {
            if (!_byKey.TryAdd(key, stored)) return;
            _oldestFirst.Enqueue(key);
            _bytes += stored.Bytes;
            while (_oldestFirst.Count > MostAnswers || _bytes > MostBytes) Remove(_oldestFirst.Dequeue());
        }
    }

    protected override StoredResponse? Find(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var stored)) return null;
            if (clock.GetUtcNow() - stored.At < Lifetime) return stored;
            Remove(key);
            return null;
        }
    }

    protected override void Forget(string key)
    {
        lock (_lock) Remove(key);
    }

    // Its place in the queue stays until its turn comes.
    void Remove(string key)
    {
        if (_byKey.Remove(key, out var stored)) _bytes -= stored.Bytes;
    }
}
