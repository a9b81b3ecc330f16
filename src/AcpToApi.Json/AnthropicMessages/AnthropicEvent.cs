using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>What an event of the stream says it is.</summary>
enum AnthropicEventType
{
    Unknown,
    MessageStart,
    BlockStart,
    BlockDelta,
    BlockStop,
    MessageDelta,
    MessageStop,
    Ping,
    Error,
}

/// <summary>
/// The fields of one event, whatever their order on the wire; spans point into the event's data. Nested values are kept raw, because what they
/// mean depends on the type, which may come last.
/// </summary>
ref struct AnthropicEvent
{
    public AnthropicEventType Type;

    /// <summary>The block's index; -1 when the event has none.</summary>
    public int Index;

    public ReadOnlySpan<byte> Delta;
    public ReadOnlySpan<byte> Block;
    public ReadOnlySpan<byte> Message;
    public ReadOnlySpan<byte> Usage;
    public ReadOnlySpan<byte> ContextManagement;

    /// <summary>Reads the top level of an event. Providers behind gateways leave <c>type</c> out: then the event's name tells it.</summary>
    public static AnthropicEvent Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var read = new AnthropicEvent { Index = -1 };
        var typed = false;
        var json = new Utf8JsonReader(data);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8)) (read.Type, typed) = (ReadType(ref json), true);
            else if (json.ValueTextEquals("index"u8)) read.Index = ReadIndex(ref json);
            else if (json.ValueTextEquals("delta"u8)) read.Delta = json.ReadRawObject(data);
            else if (json.ValueTextEquals("content_block"u8)) read.Block = json.ReadRawObject(data);
            else if (json.ValueTextEquals("message"u8)) read.Message = json.ReadRawObject(data);
            else if (json.ValueTextEquals("usage"u8)) read.Usage = json.ReadRawObject(data);
            else if (json.ValueTextEquals("context_management"u8)) read.ContextManagement = json.ReadRawObject(data);
            else if (json.ValueTextEquals("error"u8)) read.Type = ReadError(ref json, read.Type);
            else json.SkipValue();
        }
        while (json.Read()) { }
        if (!typed && read.Type == AnthropicEventType.Unknown) read.Type = TypeOf(JsonText.Plain(name));
        return read;
    }

    static AnthropicEventType ReadType(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.String ? TypeOf(JsonText.Of(ref json)) : AnthropicEventType.Unknown;
    }

    static int ReadIndex(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var index) ? index : -1;
    }

    // `{"error":...}` without a type is an error too (gateways that fail in the middle).
    static AnthropicEventType ReadError(ref Utf8JsonReader json, AnthropicEventType type)
    {
        json.Read();
        json.Skip();
        return type == AnthropicEventType.Unknown && json.TokenType != JsonTokenType.Null ? AnthropicEventType.Error : type;
    }

    static AnthropicEventType TypeOf(JsonText type)
    {
        if (type.Is("content_block_delta"u8)) return AnthropicEventType.BlockDelta;
        if (type.Is("content_block_start"u8)) return AnthropicEventType.BlockStart;
        if (type.Is("content_block_stop"u8)) return AnthropicEventType.BlockStop;
        if (type.Is("message_start"u8)) return AnthropicEventType.MessageStart;
        if (type.Is("message_delta"u8)) return AnthropicEventType.MessageDelta;
        if (type.Is("message_stop"u8)) return AnthropicEventType.MessageStop;
        if (type.Is("ping"u8)) return AnthropicEventType.Ping;
        return type.Is("error"u8) ? AnthropicEventType.Error : AnthropicEventType.Unknown;
    }
}
