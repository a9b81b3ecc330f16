using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>A message object: whole as an answer, or as <c>message_start</c> and the <c>delta</c> of <c>message_delta</c> hold parts of it.</summary>
ref struct AnthropicMessage
{
    public JsonText Id;
    public JsonText Model;
    public ReadOnlySpan<byte> Content;
    public ReadOnlySpan<byte> Usage;
    public JsonText Reason;
    public JsonText StopSequence;
    public ReadOnlySpan<byte> StopDetails;
    public ReadOnlySpan<byte> Container;
    public ReadOnlySpan<byte> ContextManagement;
    public bool IsError;
    public bool IsMessage;

    /// <summary>Reads a message from its raw object.</summary>
    public static AnthropicMessage Read(ReadOnlySpan<byte> raw)
    {
        var read = new AnthropicMessage();
        if (raw.IsEmpty) return read;
        var json = new Utf8JsonReader(raw);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) read.Id = AnthropicJson.Text(ref json);
            else if (json.ValueTextEquals("model"u8)) read.Model = AnthropicJson.Text(ref json);
            else if (json.ValueTextEquals("type"u8)) read.IsMessage = AnthropicJson.Text(ref json).Is("message"u8);
            else if (json.ValueTextEquals("content"u8)) read.Content = AnthropicJson.Raw(ref json, raw);
            else if (json.ValueTextEquals("usage"u8)) read.Usage = AnthropicJson.RawObject(ref json, raw);
            else if (json.ValueTextEquals("stop_reason"u8)) read.Reason = AnthropicJson.Text(ref json);
            else if (json.ValueTextEquals("stop_sequence"u8)) read.StopSequence = AnthropicJson.Text(ref json);
            else if (json.ValueTextEquals("stop_details"u8)) read.StopDetails = AnthropicJson.Raw(ref json, raw);
            else if (json.ValueTextEquals("container"u8)) read.Container = AnthropicJson.Raw(ref json, raw);
            else if (json.ValueTextEquals("context_management"u8)) read.ContextManagement = AnthropicJson.Raw(ref json, raw);
            else if (json.ValueTextEquals("error"u8)) read.IsError = !AnthropicJson.Raw(ref json, raw).IsEmpty;
            else AnthropicJson.SkipValue(ref json);
        }
        while (json.Read()) { }
        return read;
    }
}
