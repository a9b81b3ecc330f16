using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Lists the items that an answer was made from (<c>GET /v1/responses/{id}/input_items</c>), or holds. Clients may send items in short forms; listed they are
/// whole: with an id, a status, and content in parts.
/// </summary>
public sealed class ResponseItems
{
    readonly ReadOnlyMemory<byte> _input;
    readonly List<(ReadOnlyMemory<byte> Json, string Id)> _items = [];

    /// <summary>The items of a stored answer.</summary>
    public ResponseItems(ReadOnlyMemory<byte> input, string responseId)
    {
        _input = input;
        var reader = new Utf8JsonReader(input.Span, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var item = _input[start..(int)reader.BytesConsumed];
            _items.Add((item, OwnId(item.Span) ?? ResponseItemIds.OfInput(responseId, _items.Count)));
        }
    }

    /// <summary>The items and their ids.</summary>
    internal IReadOnlyList<(ReadOnlyMemory<byte> Json, string Id)> Items => _items;

    /// <summary>The item of that id as it stands; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Find(string id)
    {
        foreach (var (json, own) in _items)
        {
            if (own == id) return json;
        }
        return default;
    }

    /// <summary>
    /// Appends a page of the list: at most <paramref name="limit"/> items after that with the id <paramref name="after"/>, the newest first unless
    /// <paramref name="ascending"/>. False when there is no such item.
    /// </summary>
    public bool TryWrite(int limit, string? after, bool ascending, PooledBuffer output)
    {
        if (!ascending) _items.Reverse();
        var start = after is null ? 0 : _items.FindIndex(item => item.Id == after) + 1;
        if (after is not null && start == 0) return false;
        var end = Math.Min(_items.Count, start + limit);
        output.Write("{\"object\":\"list\",\"data\":["u8);
        for (var i = start; i < end; i++)
        {
            if (i > start) output.Write((byte)',');
            WriteItem(_items[i].Json.Span, _items[i].Id, output);
        }
        output.Write("],\"first_id\":"u8);
        output.WriteString(start < end ? _items[start].Id : "");
        output.Write(",\"last_id\":"u8);
        output.WriteString(start < end ? _items[end - 1].Id : "");
        output.Write(end < _items.Count ? ",\"has_more\":true}"u8 : ",\"has_more\":false}"u8);
        return true;
    }

    static string? OwnId(ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.Is("id"u8)) reader.SkipValue();
            else if (reader.ReadText() is { IsEmpty: false } id) return id.ToString();
        }
        return null;
    }

    static void WriteItem(ReadOnlySpan<byte> item, string id, PooledBuffer output)
    {
        var (hasType, hasStatus, isAssistant) = (false, false, false);
        var content = default(Utf8JsonReader);
        output.Write("{\"id\":"u8);
        output.WriteString(id);
        var reader = new Utf8JsonReader(item, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            hasType |= reader.Is("type"u8);
            hasStatus |= reader.Is("status"u8);
            if (reader.Is("id"u8))
            {
                reader.SkipValue();
                continue;
            }
            if (reader.Is("content"u8))
            {
                content = reader.Mark();
                continue;
            }
            var isRole = reader.Is("role"u8);
            output.Write(",\""u8);
            output.Write(reader.ValueSpan);
            output.Write("\":"u8);
            reader.Read();
            isAssistant |= isRole && reader.TokenType == JsonTokenType.String && reader.Is("assistant"u8);
            output.Write(reader.Raw(item));
        }
        if (!hasType) output.Write(",\"type\":\"message\""u8);
        if (!hasStatus) output.Write(",\"status\":\"completed\""u8);
        if (content.TokenType != JsonTokenType.None) WriteContent(ref content, item, isAssistant, output);
        output.Write((byte)'}');
    }

    static void WriteContent(ref Utf8JsonReader content, ReadOnlySpan<byte> item, bool isAssistant, PooledBuffer output)
    {
        output.Write(",\"content\":"u8);
        if (content.TokenType != JsonTokenType.String)
        {
            output.Write(content.Raw(item));
            return;
        }
        output.Write(isAssistant ? "[{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":"u8 : "[{\"type\":\"input_text\",\"text\":"u8);
        output.WriteString(JsonText.Of(ref content));
        output.Write("}]"u8);
    }
}
