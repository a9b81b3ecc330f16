using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Reads a body of <c>/v1/messages</c>. Fields without neutral meaning go to <see cref="ChatRequest.Extras"/>; a field inside an object that is
/// understood otherwise gets a dotted name (<c>thinking.display</c>), so that the writer can put it back where it stood.
/// </summary>
static class AnthropicMessagesRequestReader
{
    /// <summary>Reads a body. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public static ChatRequest Read(ReadOnlyMemory<byte> body, bool requireMaxTokens)
    {
        var request = new ChatRequest { Body = body, Format = WireFormat.AnthropicMessages };
        var reader = new BodyReader(body);
        var (hasModel, hasMessages) = (false, false);
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                request.Model = reader.ExpectString();
                hasModel = true;
            }
            else if (reader.Is("messages"u8))
            {
                reader.Next();
                reader.ExpectArray();
                while (reader.NextElement()) AnthropicMessageReader.Read(ref reader, request.Messages);
                hasMessages = true;
            }
            else ReadField(ref reader, request);
        }
        if (!hasModel) reader.Missing("model");
        if (!hasMessages) reader.Missing("messages");
        if (requireMaxTokens && request.Sampling.MaxOutputTokens is null) reader.Missing("max_tokens");
        reader.ExpectEnd();
        request.Unread.AddRange(reader.UnreadFields);
        return request;
    }

    static void ReadField(ref BodyReader reader, ChatRequest request)
    {
        if (reader.Is("system"u8)) ReadSystem(ref reader, request);
        else if (reader.Is("max_tokens"u8)) request.Sampling.MaxOutputTokens = ReadLimit(ref reader);
        else if (reader.Is("stream"u8)) request.Stream = reader.Value() && reader.ExpectBool();
        else if (reader.Is("temperature"u8)) request.Sampling.Temperature = reader.Value() ? reader.ExpectNumber() : null;
        else if (reader.Is("top_p"u8)) request.Sampling.TopP = reader.Value() ? reader.ExpectNumber() : null;
        else if (reader.Is("top_k"u8)) request.Sampling.TopK = reader.Value() ? reader.ExpectWhole() : null;
        else if (reader.Is("stop_sequences"u8)) ReadStop(ref reader, request);
        else if (reader.Is("tools"u8)) AnthropicToolReader.ReadTools(ref reader, request);
        else if (reader.Is("tool_choice"u8)) AnthropicToolReader.ReadChoice(ref reader, request);
        else if (reader.Is("thinking"u8)) ReadThinking(ref reader, request);
        else if (reader.Is("output_config"u8)) ReadOutputConfig(ref reader, request);
        else if (reader.Is("output_format"u8)) ReadFormat(ref reader, request);
        else if (reader.Is("metadata"u8)) ReadMetadata(ref reader, request);
        else KeepExtra(ref reader, request, "");
    }

    static long? ReadLimit(ref BodyReader reader)
    {
        if (!reader.Value()) return null;
        var limit = reader.ExpectWhole();
        if (limit < 1) reader.Fail("must be at least 1");
        return limit;
    }

    static void ReadSystem(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        var message = new Message(Role.System);
        AnthropicBlockReader.ReadContent(ref reader, message.Parts);
        if (message.Parts.Count > 0) request.Messages.Insert(0, message);
    }

    static void ReadStop(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement()) request.Sampling.Stop.Add(reader.ExpectString());
    }

    static void ReadThinking(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        ReasoningMode? mode = null;
        long? budget = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) mode = ReadMode(ref reader, request);
            else if (reader.Is("budget_tokens"u8)) budget = reader.Value() ? reader.ExpectWhole() : null;
            else KeepExtra(ref reader, request, "thinking.");
        }
        if (mode is not { } known) reader.Missing("type");
        else request.Reasoning = new ReasoningRequest(known, request.Reasoning?.Effort, budget);
    }

    static ReasoningMode ReadMode(ref BodyReader reader, ChatRequest request)
    {
        reader.Next();
        var type = reader.ExpectString();
        if (type.Text.Is("enabled"u8)) return ReasoningMode.Enabled;
        if (type.Text.Is("adaptive"u8)) return ReasoningMode.Adaptive;
        if (type.Text.Is("disabled"u8)) return ReasoningMode.Disabled;
        // "between_tools" and what may follow it: the same upstream gets it as it is, others take it for the model's own decision.
        request.Extras.Add(new ExtraField("thinking.type", reader.Raw()));
        return ReasoningMode.Adaptive;
    }

    static void ReadOutputConfig(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("format"u8)) ReadFormat(ref reader, request);
            else if (reader.Is("effort"u8))
            {
                if (!reader.Value()) continue;
                var effort = reader.ExpectString().ToString();
                request.Reasoning = (request.Reasoning ?? new ReasoningRequest(ReasoningMode.Default)) with { Effort = effort };
            }
            else KeepExtra(ref reader, request, "output_config.");
        }
    }

    // {"type":"json_schema","schema":{...}}; before it became output_config.format it stood alone as output_format.
    static void ReadFormat(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        ReadOnlyMemory<byte>? schema = null;
        while (reader.NextProperty())
        {
            var isSchema = reader.Is("schema"u8);
            if (!reader.Value()) continue;
            if (isSchema) schema = reader.RawObject();
            else reader.Skip();
        }
        if (schema is null) reader.Missing("schema");
        request.ResponseFormat = new ResponseFormat { Schema = schema };
    }

    static void ReadMetadata(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!reader.Is("user_id"u8)) KeepExtra(ref reader, request, "metadata.");
            else if (reader.Value()) request.User = reader.ExpectString();
        }
    }

    static void KeepExtra(ref BodyReader reader, ChatRequest request, string prefix)
    {
        var name = prefix + reader.Name();
        if (reader.Value()) request.Extras.Add(new ExtraField(name, reader.Raw()));
    }
}
