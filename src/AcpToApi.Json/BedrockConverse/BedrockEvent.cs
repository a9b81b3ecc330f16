using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>The fields of a stream's event, and of a whole answer; which are there depends on the event. Padding (<c>p</c>) is passed over.</summary>
ref struct BedrockEvent
{
    /// <summary>The block that the event belongs to; -1 when it does not say.</summary>
    public int Index;
    public ReadOnlySpan<byte> Start;
    public ReadOnlySpan<byte> Delta;
    public ReadOnlySpan<byte> Output;
    public ReadOnlySpan<byte> Usage;
    public ReadOnlySpan<byte> ModelFields;
    public JsonText StopReason;

    public static BedrockEvent Read(ReadOnlySpan<byte> data)
    {
        var read = new BedrockEvent { Index = -1 };
        var json = new Utf8JsonReader(data);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("delta"u8)) read.Delta = json.ReadRawObject(data);
            else if (json.ValueTextEquals("contentBlockIndex"u8)) read.Index = (int)Math.Min(json.ReadCount() ?? -1, int.MaxValue);
            else if (json.ValueTextEquals("start"u8)) read.Start = json.ReadRawObject(data);
            else if (json.ValueTextEquals("stopReason"u8)) read.StopReason = json.ReadText();
            else if (json.ValueTextEquals("usage"u8)) read.Usage = json.ReadRawObject(data);
            else if (json.ValueTextEquals("output"u8)) read.Output = json.ReadRawObject(data);
            else if (json.ValueTextEquals("additionalModelResponseFields"u8)) read.ModelFields = json.ReadRawObject(data);
            else json.SkipValue();
        }
        // Whatever follows the object is no JSON.
        json.Read();
        return read;
    }
}
