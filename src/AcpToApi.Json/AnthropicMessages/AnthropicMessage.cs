using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

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
            if (json.ValueTextEquals("id"u8)) read.Id = json.ReadText();
            else if (json.ValueTextEquals("model"u8)) read.Model = json.ReadText();
            else if (json.ValueTextEquals("type"u8)) read.IsMessage = json.ReadText().Is("message"u8);
            else if (json.ValueTextEquals("content"u8)) read.Content = json.ReadRaw(raw);
            else if (json.ValueTextEquals("usage"u8)) read.Usage = json.ReadRawObject(raw);
            else if (json.ValueTextEquals("stop_reason"u8)) read.Reason = json.ReadText();
            else if (json.ValueTextEquals("stop_sequence"u8)) read.StopSequence = json.ReadText();
            else if (json.ValueTextEquals("stop_details"u8)) read.StopDetails = json.ReadRaw(raw);
            else if (json.ValueTextEquals("container"u8)) read.Container = json.ReadRaw(raw);
            else if (json.ValueTextEquals("context_management"u8)) read.ContextManagement = json.ReadRaw(raw);
            else if (json.ValueTextEquals("error"u8)) read.IsError = !json.ReadRaw(raw).IsEmpty;
            else json.SkipValue();
        }
        while (json.Read()) { }
        return read;
    }
}
