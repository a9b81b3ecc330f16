using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>One part of an answer: text, a picture, or a call, or something that is not the client's (code that the provider ran, its results).</summary>
ref struct GeminiPart
{
    public JsonText Text;
    public bool IsThought;
    public JsonText Signature;
    public JsonText MediaType;
    public JsonText Data;
    public bool HasCall;
    public GeminiCall Call;

    /// <summary>The name of what is not the client's; empty when there is nothing of the kind.</summary>
    public JsonText Foreign;

    /// <summary>Reads the object that the reader stands on; the reader then stands on its last token.</summary>
    public static GeminiPart Read(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var part = default(GeminiPart);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8)) part.Text = reader.ReadText();
            else if (reader.ValueTextEquals("thought"u8))
            {
                reader.Read();
                part.IsThought = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("thoughtSignature"u8)) part.Signature = reader.ReadText();
            else if (reader.ValueTextEquals("functionCall"u8))
            {
                reader.Read();
                part.HasCall = reader.TokenType == JsonTokenType.StartObject;
                if (part.HasCall) part.Call = GeminiCall.Read(ref reader, data);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("inlineData"u8)) part.ReadData(ref reader);
            else
            {
                if (IsForeign(ref reader)) part.Foreign = JsonText.Plain(reader.ValueSpan);
                reader.SkipValue();
            }
        }
        return part;
    }

    static bool IsForeign(scoped ref Utf8JsonReader reader) => reader.ValueTextEquals("executableCode"u8) || reader.ValueTextEquals("codeExecutionResult"u8)
        || reader.ValueTextEquals("toolCall"u8) || reader.ValueTextEquals("toolResponse"u8) || reader.ValueTextEquals("fileData"u8);

    void ReadData(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("mimeType"u8)) MediaType = reader.ReadText();
            else if (reader.ValueTextEquals("data"u8)) Data = reader.ReadText();
            else reader.SkipValue();
        }
    }
}

/// <summary>A <c>functionCall</c>, or a piece of one.</summary>
ref struct GeminiCall
{
    public JsonText Id;
    public JsonText Name;

    /// <summary>The arguments as raw JSON; empty when there are none.</summary>
    public ReadOnlySpan<byte> Args;

    /// <summary>Pieces of arguments as raw JSON (Vertex AI with <c>streamFunctionCallArguments</c>).</summary>
    public ReadOnlySpan<byte> PartialArgs;

    /// <summary>Whether more of the same call follows.</summary>
    public bool WillContinue;

    public static GeminiCall Read(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var call = default(GeminiCall);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) call.Name = reader.ReadText();
            else if (reader.ValueTextEquals("id"u8)) call.Id = reader.ReadText();
            else if (reader.ValueTextEquals("args"u8)) call.Args = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("partialArgs"u8)) call.PartialArgs = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("willContinue"u8))
            {
                reader.Read();
                call.WillContinue = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else reader.SkipValue();
        }
        return call;
    }
}
