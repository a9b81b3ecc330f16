using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Extra fields that came where none may be said: before Start, or in the middle of a tool call.</summary>
sealed class HeldExtras : IDisposable
{
    readonly PooledBuffer _bytes = new();
    readonly List<(ExtraScope Scope, int Start, int Name, int Json)> _fields = [];

    /// <summary>Keeps a field, unless it says what it said last time (many are repeated in every chunk).</summary>
    public void Add(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        foreach (var (heldScope, start, nameLength, jsonLength) in _fields)
        {
            if (heldScope == scope && _bytes.Written.Slice(start, nameLength).SequenceEqual(name)
                && _bytes.Written.Slice(start + nameLength, jsonLength).SequenceEqual(json)) return;
        }
        _fields.Add((scope, _bytes.Length, name.Length, json.Length));
        _bytes.Write(name);
        _bytes.Write(json);
    }

    /// <summary>Says them all.</summary>
    public void Release(IEventSink sink)
    {
        if (_fields.Count == 0) return;
        foreach (var (scope, start, name, json) in _fields)
        {
            sink.Extra(scope, _bytes.Written.Slice(start, name), _bytes.Written.Slice(start + name, json));
        }
        _fields.Clear();
        _bytes.Clear();
    }

    /// <summary>Gives the pooled buffer back.</summary>
    public void Dispose() => _bytes.Dispose();
}
