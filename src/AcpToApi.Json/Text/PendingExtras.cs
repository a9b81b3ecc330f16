using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Extra fields that wait for the next frame. A name comes once in an object, so the last value counts.</summary>
sealed class PendingExtras : IDisposable
{
    readonly PooledBuffer _bytes = new();
    readonly List<(ExtraScope Scope, int Start, int Name, int Json)> _fields = [];

    /// <summary>Notes a field.</summary>
    public void Set(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        for (var i = _fields.Count - 1; i >= 0; i--)
        {
            if (_fields[i].Scope == scope && _bytes.Written.Slice(_fields[i].Start, _fields[i].Name).SequenceEqual(name)) _fields.RemoveAt(i);
        }
        _fields.Add((scope, _bytes.Length, name.Length, json.Length));
        _bytes.Write(name);
        WriteOnOneLine(json);
    }

    /// <summary>Appends the fields of a scope to an object that is open and may be empty.</summary>
    public void Write(ExtraScope scope, PooledBuffer output)
    {
        foreach (var (fieldScope, start, name, json) in _fields)
        {
            if (fieldScope != scope) continue;
            output.Write(output.Written[^1] == (byte)'{' ? "\""u8 : ",\""u8);
            output.Write(_bytes.Written.Slice(start, name));
            output.Write("\":"u8);
            output.Write(_bytes.Written.Slice(start + name, json));
        }
    }

    // A line feed would end the frame's data; in JSON it stands between tokens only (RFC 8259, section 2).
    void WriteOnOneLine(ReadOnlySpan<byte> json)
    {
        var room = _bytes.GetSpan(json.Length)[..json.Length];
        json.CopyTo(room);
        room.Replace((byte)'\n', (byte)' ');
        room.Replace((byte)'\r', (byte)' ');
        _bytes.Advance(json.Length);
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        _fields.Clear();
        _bytes.Clear();
    }

    /// <summary>Gives the pooled buffer back.</summary>
    public void Dispose() => _bytes.Dispose();
}
