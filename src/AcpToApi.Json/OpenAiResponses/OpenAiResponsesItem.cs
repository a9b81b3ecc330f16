using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>What an output item is to a client of any dialect.</summary>
enum OpenAiResponsesItemKind
{
    /// <summary>Not known yet.</summary>
    Unknown,

    /// <summary>Text and refusals.</summary>
    Message,

    /// <summary>Reasoning.</summary>
    Reasoning,

    /// <summary>A picture that the provider made.</summary>
    Image,

    /// <summary>A call of a function.</summary>
    Function,

    /// <summary>A call of a custom tool, whose input is free text.</summary>
    Custom,

    /// <summary>Something that the provider did itself (web search), or that only this dialect knows.</summary>
    Foreign,
}

/// <summary>What has been said of one output item, so that nothing is said twice: items come in pieces, again whole, and once more in the end.</summary>
sealed class OpenAiResponsesItem : IDisposable
{
    public OpenAiResponsesItemKind Kind { get; set; }

    public PooledBuffer Id { get; } = new();

    public PooledBuffer CallId { get; } = new();

    public PooledBuffer Name { get; } = new();

    /// <summary>The number of the call among the answer's calls.</summary>
    public int Call { get; set; } = -1;

    public bool IsStarted { get; set; }

    public bool IsEnded { get; set; }

    /// <summary>Whether pieces of it wait for another call's end, so that all that follows must wait too.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Whether its reasoning is told as a summary; null until any was said. A provider that tells both says the same twice.</summary>
    public bool? IsSummary { get; set; }

    /// <summary>The last part that something was said of. Parts come in order, but not all providers count them from 0 (Bedrock).</summary>
    public int LastPart { get; private set; } = -1;

    public bool IsSigned { get; set; }

    /// <summary>How many sources of the latest part were told.</summary>
    public int Citations { get; set; }

    public bool HasSaid(int part) => part <= LastPart;

    public void MarkSaid(int part) => LastPart = Math.Max(LastPart, part);

    public void Dispose()
    {
        Id.Dispose();
        CallId.Dispose();
        Name.Dispose();
    }
}

/// <summary>The fields of an output item.</summary>
ref struct OpenAiResponsesItemFields
{
    public OpenAiResponsesItemKind Kind;
    public JsonText Type;
    public JsonText Id;
    public JsonText CallId;
    public JsonText Name;
    public JsonText Arguments;
    public JsonText EncryptedContent;
    public JsonText Result;
    public ReadOnlySpan<byte> Content;
    public ReadOnlySpan<byte> Summary;

    /// <summary>Reads an item.</summary>
    public static OpenAiResponsesItemFields Read(ReadOnlySpan<byte> json)
    {
        var found = new OpenAiResponsesItemFields();
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) found.Type = reader.ReadText();
            else if (reader.ValueTextEquals("id"u8)) found.Id = reader.ReadText();
            else if (reader.ValueTextEquals("call_id"u8)) found.CallId = reader.ReadText();
            else if (reader.ValueTextEquals("name"u8)) found.Name = reader.ReadText();
            else if (reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8)) found.Arguments = reader.ReadText();
            else if (reader.ValueTextEquals("encrypted_content"u8)) found.EncryptedContent = reader.ReadText();
            else if (reader.ValueTextEquals("result"u8)) found.Result = reader.ReadText();
            else if (reader.ValueTextEquals("content"u8)) found.Content = reader.ReadRaw(json);
            else if (reader.ValueTextEquals("summary"u8)) found.Summary = reader.ReadRaw(json);
            else reader.SkipValue();
        }
        if (!found.Type.IsEmpty) found.Kind = KindOf(found.Type);
        return found;
    }

    static OpenAiResponsesItemKind KindOf(JsonText type) => type switch
    {
        _ when type.Is("message"u8) => OpenAiResponsesItemKind.Message,
        _ when type.Is("reasoning"u8) => OpenAiResponsesItemKind.Reasoning,
        _ when type.Is("function_call"u8) => OpenAiResponsesItemKind.Function,
        _ when type.Is("image_generation_call"u8) => OpenAiResponsesItemKind.Image,
        _ when type.Is("custom_tool_call"u8) => OpenAiResponsesItemKind.Custom,
        _ => OpenAiResponsesItemKind.Foreign,
    };
}

/// <summary>The output items of one answer, by their index.</summary>
sealed class OpenAiResponsesItems : IDisposable
{
    // Far beyond any real answer; a hostile index must not make a hostile allocation.
    public const int Most = 4096;

    OpenAiResponsesItem?[] _items = new OpenAiResponsesItem?[8];
    int _latest = -1;

    /// <summary>The item with that index, or the latest where the event has none.</summary>
    public OpenAiResponsesItem At(int index)
    {
        if (index < 0) index = Math.Max(_latest, 0);
        _latest = index;
        if (index >= _items.Length) Array.Resize(ref _items, Math.Max(_items.Length * 2, index + 1));
        return _items[index] ??= new OpenAiResponsesItem();
    }

    /// <summary>Where an item that has no index goes when it begins.</summary>
    public int Next => Math.Min(_latest + 1, Most - 1);

    /// <summary>
    /// The item that an entry of the answer's final list is. That list may be trimmed, and ids may change on the way (GitHub Copilot), so an
    /// entry is new only if nothing like it has come.
    /// </summary>
    public OpenAiResponsesItem Match(int index, in OpenAiResponsesItemFields fields)
    {
        OpenAiResponsesItem? alike = null;
        foreach (var item in _items)
        {
            if (item is null) continue;
            if (item.Id.Length > 0 && item.Id.Written.SequenceEqual(fields.Id.Bytes)) return item;
            if (item.Kind == fields.Kind) alike ??= item;
        }
        if (index < _items.Length && _items[index] is { } same && same.Kind == fields.Kind) return same;
        return alike ?? At(Next);
    }

    public void Dispose()
    {
        foreach (var item in _items) item?.Dispose();
        Array.Clear(_items);
    }
}
