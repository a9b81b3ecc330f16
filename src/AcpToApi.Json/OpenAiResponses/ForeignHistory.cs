using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// The conversation behind an answer that a provider stores, put together of what it tells: the answer, the pages of its input, and the same of the
/// answers before it. Whether the input of an answer holds those of earlier ones too is not specified, so no item is taken twice.
/// </summary>
public sealed class ForeignHistory : IDisposable
{
    readonly HashSet<string> _known = [];
    readonly PooledBuffer _page = new();
    PooledBuffer _items = new();
    ReadOnlyMemory<byte>? _output;
    int _pages;

    /// <summary>Takes an answer: the last one first. Returns the one that it went on from; null when there is none, or it has been told already.</summary>
    public string? AddAnswer(ReadOnlyMemory<byte> answer)
    {
        var output = ResponseHistory.Field(answer, "output"u8);
        if (output.IsEmpty) output = "[]"u8.ToArray();
        var isTold = false;
        if (_output is null) _output = output.ToArray();
        else isTold = Append(output);
        Flush();
        return isTold ? null : ResponseReferences.Previous(answer);
    }

    /// <summary>Takes a page of the input of the answer that was taken last, in ascending order. Returns the id that the next page comes after; null when this was the last.</summary>
    public string? AddItems(ReadOnlyMemory<byte> page)
    {
        if (ResponseHistory.Field(page, "data"u8) is { IsEmpty: false } items) Append(items);
        if (ResponseHistory.Field(page, "has_more"u8).Span is [(byte)'t', ..] && ResponseHistory.Field(page, "last_id"u8) is { Length: > 2 } last)
        {
            return JsonText.Escaped(last.Span[1..^1]).ToString();
        }
        Flush();
        return null;
    }

    /// <summary>All of it.</summary>
    public ResponseHistory ToHistory()
    {
        using var input = new PooledBuffer();
        input.Write((byte)'[');
        input.Write(_items.Written);
        input.Write((byte)']');
        return new ResponseHistory(input.Written.ToArray(), _output ?? "[]"u8.ToArray());
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _page.Dispose();
        _items.Dispose();
    }

    // True when any of the items is known already.
    bool Append(ReadOnlyMemory<byte> items)
    {
        var isTold = false;
        // Where items have no ids, they get different ones on each page.
        foreach (var (json, id) in new ResponseItems(items, $"{_pages++}").Items)
        {
            if (!_known.Add(id)) isTold = true;
            else
            {
                if (_page.Length > 0) _page.Write((byte)',');
                _page.Write(json.Span);
            }
        }
        return isTold;
    }

    // What has been told last happened first.
    void Flush()
    {
        if (_page.Length == 0) return;
        var items = new PooledBuffer();
        items.Write(_page.Written);
        if (_items.Length > 0) items.Write((byte)',');
        items.Write(_items.Written);
        _items.Dispose();
        _items = items;
        _page.Clear();
    }
}
