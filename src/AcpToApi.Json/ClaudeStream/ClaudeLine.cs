using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>What a line of the CLI is.</summary>
public enum ClaudeLineType
{
    /// <summary>Nothing that matters here; the CLI has many, and gets new ones.</summary>
    Unknown,

    /// <summary>An event of the model's stream.</summary>
    StreamEvent,

    /// <summary>A whole block that the model said.</summary>
    Assistant,

    /// <summary>Results of tools.</summary>
    User,

    /// <summary>The end of a turn.</summary>
    Result,

    /// <summary>The account's limits.</summary>
    RateLimit,

    /// <summary>A request of the CLI's.</summary>
    ControlRequest,

    /// <summary>The answer to a request of ours.</summary>
    ControlResponse,
}

/// <summary>The fields of one line, whatever their order: <c>type</c> is not always the first. Spans point into the line.</summary>
public ref struct ClaudeLine
{
    /// <summary>What it is.</summary>
    public ClaudeLineType Type { get; private set; }

    /// <summary>The <c>subtype</c> of a result.</summary>
    public JsonText Subtype { get; private set; }

    /// <summary>The event of the model's stream, raw.</summary>
    public ReadOnlySpan<byte> Event { get; private set; }

    /// <summary>The message of the model's or of the user's, raw.</summary>
    public ReadOnlySpan<byte> Message { get; private set; }

    /// <summary>Where the stream's message was given up, raw: what came from that block on will come again.</summary>
    public ReadOnlySpan<byte> Abandoned { get; private set; }

    /// <summary>Whether it belongs to an agent that the agent started.</summary>
    public bool IsNested { get; private set; }

    /// <summary>The <c>is_error</c> of a result.</summary>
    public bool IsError { get; private set; }

    /// <summary>The text of a result.</summary>
    public JsonText Result { get; private set; }

    /// <summary>The HTTP status of the model's provider; null when there was none.</summary>
    public long? Status { get; private set; }

    /// <summary>The object that keeps the schema, raw.</summary>
    public ReadOnlySpan<byte> Structured { get; private set; }

    /// <summary>The kind of an error that stands in the model's place.</summary>
    public JsonText Error { get; private set; }

    /// <summary>The limits, raw.</summary>
    public ReadOnlySpan<byte> RateLimit { get; private set; }

    /// <summary>The id of a request of the CLI's.</summary>
    public JsonText RequestId { get; private set; }

    /// <summary>A request of the CLI's, raw.</summary>
    public ReadOnlySpan<byte> Request { get; private set; }

    /// <summary>The answer to a request of ours, raw.</summary>
    public ReadOnlySpan<byte> Response { get; private set; }

    /// <summary>Reads a line. Throws <see cref="JsonException"/> when it is no JSON object.</summary>
    public static ClaudeLine Read(ReadOnlySpan<byte> line)
    {
        var read = new ClaudeLine();
        var json = new Utf8JsonReader(line);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8)) read.Type = TypeOf(json.ReadText());
            else if (json.ValueTextEquals("event"u8)) read.Event = json.ReadRawObject(line);
            else if (json.ValueTextEquals("message"u8)) read.Message = json.ReadRawObject(line);
            else if (json.ValueTextEquals("parent_tool_use_id"u8)) read.IsNested = !json.ReadText().IsEmpty;
            else if (json.ValueTextEquals("abandoned_blocks"u8)) read.Abandoned = json.ReadRawObject(line);
            else if (json.ValueTextEquals("subtype"u8)) read.Subtype = json.ReadText();
            else if (json.ValueTextEquals("is_error"u8)) read.IsError = json.Read() && json.TokenType == JsonTokenType.True;
            else if (json.ValueTextEquals("result"u8)) read.Result = json.ReadText();
            else if (json.ValueTextEquals("api_error_status"u8)) read.Status = json.ReadCount();
            else if (json.ValueTextEquals("structured_output"u8)) read.Structured = json.ReadRaw(line);
            else if (json.ValueTextEquals("error"u8)) read.Error = json.ReadText();
            else if (json.ValueTextEquals("rate_limit_info"u8)) read.RateLimit = json.ReadRawObject(line);
            else if (json.ValueTextEquals("request_id"u8)) read.RequestId = json.ReadText();
            else if (json.ValueTextEquals("request"u8)) read.Request = json.ReadRawObject(line);
            else if (json.ValueTextEquals("response"u8)) read.Response = json.ReadRawObject(line);
            else json.SkipValue();
        }
        return read;
    }

    static ClaudeLineType TypeOf(JsonText type)
    {
        if (type.Is("stream_event"u8)) return ClaudeLineType.StreamEvent;
        if (type.Is("assistant"u8)) return ClaudeLineType.Assistant;
        if (type.Is("user"u8)) return ClaudeLineType.User;
        if (type.Is("result"u8)) return ClaudeLineType.Result;
        if (type.Is("rate_limit_event"u8)) return ClaudeLineType.RateLimit;
        if (type.Is("control_request"u8)) return ClaudeLineType.ControlRequest;
        return type.Is("control_response"u8) ? ClaudeLineType.ControlResponse : ClaudeLineType.Unknown;
    }
}

/// <summary>A request of the CLI's: what it asks, and for what.</summary>
public ref struct ClaudeRequest
{
    /// <summary>Its kind.</summary>
    public JsonText Subtype { get; private set; }

    /// <summary>The name of a tool that permission is asked for.</summary>
    public JsonText ToolName { get; private set; }

    /// <summary>That tool's arguments, raw.</summary>
    public ReadOnlySpan<byte> Input { get; private set; }

    /// <summary>A message of the Model Context Protocol, raw.</summary>
    public ReadOnlySpan<byte> Message { get; private set; }

    /// <summary>Reads the request of a line.</summary>
    public static ClaudeRequest Read(ReadOnlySpan<byte> raw)
    {
        var read = new ClaudeRequest();
        if (raw.IsEmpty) return read;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("subtype"u8)) read.Subtype = json.ReadText();
            else if (json.ValueTextEquals("tool_name"u8)) read.ToolName = json.ReadText();
            else if (json.ValueTextEquals("input"u8)) read.Input = json.ReadRawObject(raw);
            else if (json.ValueTextEquals("message"u8)) read.Message = json.ReadRawObject(raw);
            else json.SkipValue();
        }
        return read;
    }
}
