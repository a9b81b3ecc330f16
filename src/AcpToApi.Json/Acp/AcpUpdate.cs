using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>The fields of one <c>session/update</c>, or of the call that a permission is asked for; what an update does not say is empty.</summary>
ref struct AcpUpdate
{
    public JsonText Kind;
    public Utf8JsonReader Content;
    public Utf8JsonReader Entries;
    public JsonText CallId;
    public JsonText Title;
    public JsonText ToolKind;
    public JsonText ToolName;
    public JsonText Status;
    public ReadOnlySpan<byte> RawInput;
    public ReadOnlySpan<byte> RawOutput;
    public long? Used;

    /// <summary>Reads what stands in a member of a message's parameters (<c>update</c>, <c>toolCall</c>).</summary>
    public static AcpUpdate Read(in JsonRpcMessage message, ReadOnlySpan<byte> member)
    {
        var read = default(AcpUpdate);
        var outer = new Utf8JsonReader(message.Params, BodyReader.Options);
        if (!outer.Read()) throw new JsonException();
        ReadOnlySpan<byte> data = default;
        while (outer.Read() && outer.TokenType == JsonTokenType.PropertyName)
        {
            if (outer.ValueTextEquals(member)) data = outer.ReadRawObject(message.Params);
            else outer.SkipValue();
        }
        if (data.IsEmpty) return read;
        var json = new Utf8JsonReader(data, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("sessionUpdate"u8)) read.Kind = json.ReadText();
            else if (json.ValueTextEquals("content"u8)) read.Content = json.Mark();
            else if (json.ValueTextEquals("entries"u8)) read.Entries = json.Mark();
            else if (json.ValueTextEquals("toolCallId"u8)) read.CallId = json.ReadText();
            else if (json.ValueTextEquals("title"u8)) read.Title = json.ReadText();
            else if (json.ValueTextEquals("kind"u8)) read.ToolKind = json.ReadText();
            else if (json.ValueTextEquals("status"u8)) read.Status = json.ReadText();
            else if (json.ValueTextEquals("rawInput"u8)) read.RawInput = json.ReadRawObject(data);
            else if (json.ValueTextEquals("rawOutput"u8)) read.RawOutput = json.ReadRaw(data);
            else if (json.ValueTextEquals("used"u8)) read.Used = json.ReadCount();
            else if (json.ValueTextEquals("_meta"u8)) read.ToolName = ToolNameIn(json.ReadRawObject(data));
            else json.SkipValue();
        }
        return read;
    }

    // claude-agent-acp: {"claudeCode":{"toolName":"Bash"}}
    static JsonText ToolNameIn(ReadOnlySpan<byte> meta)
    {
        if (meta.IsEmpty) return default;
        var json = new Utf8JsonReader(meta, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                continue;
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("toolName"u8)) return json.ReadText();
                json.SkipValue();
            }
        }
        return default;
    }
}
