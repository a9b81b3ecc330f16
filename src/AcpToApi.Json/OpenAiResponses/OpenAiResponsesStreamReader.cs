using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Reads an answer of <c>/v1/responses</c>, streamed or whole. The same text may come up to four times (deltas, the part's and the item's end, the
/// final answer): what was said in pieces is not said again, and what came in no piece is said from the first place that has it whole.
/// </summary>
/// <param name="keepsAll">Whether the client speaks the same dialect: an answer that the provider only promises, to be fetched later, is good to it as it is, and nothing is lost.</param>
sealed class OpenAiResponsesStreamReader(bool keepsAll) : UpstreamReader
{
    readonly OpenAiResponsesItems _items = new();
    readonly OpenAiResponsesPieces _pieces = new();
    readonly PooledBuffer _signature = new();
    bool _started;
    bool _whole;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        data = data.Trim(" \t\r\n"u8);
        // OpenRouter ends this dialect's streams with the other one's mark.
        if (data.IsEmpty || data.SequenceEqual("[DONE]"u8)) return;
        var found = OpenAiResponsesEvent.Read(data);
        if (found.Type.IsEmpty) found.Type = JsonText.Plain(eventName);
        if (!ReadPiece(found, sink)) ReadState(found, data, sink);
    }

    protected override void EndOfStream(IEventSink sink) =>
        Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut before the answer was complete."));

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        _whole = true;
        reader.Skip();
        if (reader.Read()) throw new JsonException();
        var answer = OpenAiResponsesAnswer.Read(body);
        if (answer.Status.IsEmpty && answer.Output.IsEmpty)
        {
            Fail(sink, answer.Error.IsEmpty
                ? BridgeError.UpstreamProtocol("The provider's answer has no output.")
                : OpenAiResponsesErrors.ReadInBand(answer.Error));
            return;
        }
        ReadEnd(answer, answer.Status.IsEmpty ? JsonText.Plain("completed"u8) : answer.Status, sink);
    }

    protected override void Dispose(bool disposing)
    {
        _items.Dispose();
        _pieces.Dispose();
        _signature.Dispose();
        base.Dispose(disposing);
    }

    // The commonest first.
    bool ReadPiece(in OpenAiResponsesEvent found, IEventSink sink)
    {
        var type = found.Type;
        if (type.Is("response.output_text.delta"u8)) SayPart(found, OpenAiResponsesPieceKind.Text, sink);
        else if (type.Is("response.reasoning_summary_text.delta"u8)) SayReasoning(found, isSummary: true, sink);
        else if (type.Is("response.function_call_arguments.delta"u8) || type.Is("response.custom_tool_call_input.delta"u8)) SayArguments(found, sink);
        else if (type.Is("response.reasoning_text.delta"u8)) SayReasoning(found, isSummary: false, sink);
        else if (type.Is("response.refusal.delta"u8)) SayPart(found, OpenAiResponsesPieceKind.Refusal, sink);
        else if (type.Is("response.output_text.done"u8)) SayPart(found, OpenAiResponsesPieceKind.Text, sink);
        else if (type.Is("response.refusal.done"u8)) SayPart(found, OpenAiResponsesPieceKind.Refusal, sink);
        else if (type.Is("response.reasoning_summary_text.done"u8)) SayReasoning(found, isSummary: true, sink);
        else if (type.Is("response.reasoning_text.done"u8)) SayReasoning(found, isSummary: false, sink);
        else if (type.Is("response.function_call_arguments.done"u8) || type.Is("response.custom_tool_call_input.done"u8)) SayArguments(found, sink);
        else return false;
        return true;
    }

    void ReadState(in OpenAiResponsesEvent found, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var type = found.Type;
        if (type.Is("response.output_text.annotation.added"u8)) SayCitation(_items.At(found.OutputIndex), found.Annotation, sink);
        else if (type.Is("response.output_item.added"u8))
        {
            Begin(default, sink);
            if (!found.Item.IsEmpty) BeginItem(OpenAiResponsesItemFields.Read(found.Item), _items.At(found.OutputIndex < 0 ? _items.Next : found.OutputIndex), sink);
        }
        else if (type.Is("response.output_item.done"u8))
        {
            Begin(default, sink);
            if (!found.Item.IsEmpty) EndItem(OpenAiResponsesItemFields.Read(found.Item), _items.At(found.OutputIndex), sink);
        }
        else if (type.Is("response.created"u8) || type.Is("response.in_progress"u8)) Begin(OpenAiResponsesAnswer.Read(found.Response), sink);
        else if (type.Is("response.completed"u8)) ReadEnd(OpenAiResponsesAnswer.Read(found.Response), JsonText.Plain("completed"u8), sink);
        else if (type.Is("response.incomplete"u8)) ReadEnd(OpenAiResponsesAnswer.Read(found.Response), JsonText.Plain("incomplete"u8), sink);
        else if (type.Is("response.failed"u8)) ReadEnd(OpenAiResponsesAnswer.Read(found.Response), JsonText.Plain("failed"u8), sink);
        else if (type.Is("response.cancelled"u8)) ReadEnd(default, JsonText.Plain("cancelled"u8), sink);
        else if (type.Is("error"u8) || (!found.Error.IsEmpty && found.Response.IsEmpty && found.OutputIndex < 0)) Fail(sink, OpenAiResponsesErrors.ReadInBand(data));
    }

    void SayPart(in OpenAiResponsesEvent found, OpenAiResponsesPieceKind kind, IEventSink sink)
    {
        Begin(default, sink);
        var item = _items.At(found.OutputIndex);
        if (item.Kind == OpenAiResponsesItemKind.Unknown) item.Kind = OpenAiResponsesItemKind.Message;
        var text = found.Delta;
        if (text.IsEmpty && !item.HasSaid(found.PartIndex)) text = found.Whole;
        if (!text.IsEmpty && found.Logprobs.Length > 2) _pieces.Say(item, OpenAiResponsesPieceKind.Logprobs, JsonText.Plain(found.Logprobs), sink);
        SayPart(item, found.PartIndex, kind, text, sink);
    }

    void SayPart(OpenAiResponsesItem item, int part, OpenAiResponsesPieceKind kind, JsonText text, IEventSink sink)
    {
        if (text.IsEmpty) return;
        item.MarkSaid(part);
        _pieces.Say(item, kind, text, sink);
    }

    void SayCitation(OpenAiResponsesItem item, ReadOnlySpan<byte> annotation, IEventSink sink)
    {
        if (annotation.IsEmpty || item.IsEnded) return;
        Begin(default, sink);
        item.Citations++;
        _pieces.Say(item, OpenAiResponsesPieceKind.Citation, JsonText.Plain(annotation), sink);
    }

    void SayReasoning(in OpenAiResponsesEvent found, bool isSummary, IEventSink sink)
    {
        Begin(default, sink);
        var item = _items.At(found.OutputIndex);
        if (item.Kind == OpenAiResponsesItemKind.Unknown) item.Kind = OpenAiResponsesItemKind.Reasoning;
        var text = found.Delta;
        if (text.IsEmpty && !item.HasSaid(found.PartIndex)) text = found.Whole;
        SayReasoning(item, found.PartIndex, isSummary, text, sink);
    }

    // Parts of a summary are paragraphs.
    void SayReasoning(OpenAiResponsesItem item, int part, bool isSummary, JsonText text, IEventSink sink)
    {
        if (text.IsEmpty || (item.IsSummary ?? isSummary) != isSummary) return;
        item.IsSummary = isSummary;
        if (item.LastPart >= 0 && item.LastPart != part) _pieces.Say(item, OpenAiResponsesPieceKind.Reasoning, JsonText.Plain("\n\n"u8), sink);
        item.MarkSaid(part);
        _pieces.Say(item, OpenAiResponsesPieceKind.Reasoning, text, sink);
    }

    void SayArguments(in OpenAiResponsesEvent found, IEventSink sink)
    {
        var item = _items.At(found.OutputIndex);
        // Without a name nothing can be said yet; the item's end will tell all.
        if (!item.IsStarted || item.IsEnded) return;
        var text = found.Delta;
        if (text.IsEmpty && !item.HasSaid(0)) text = found.Whole;
        SayArguments(item, text, sink);
    }

    // The escaped form of a custom tool's free text is what stands inside the JSON of the arguments.
    void SayArguments(OpenAiResponsesItem item, JsonText text, IEventSink sink)
    {
        if (text.IsEmpty) return;
        item.MarkSaid(0);
        _pieces.Say(item, OpenAiResponsesPieceKind.Arguments, item.Kind == OpenAiResponsesItemKind.Custom ? JsonText.Plain(text.Bytes) : text, sink);
    }

    void BeginItem(in OpenAiResponsesItemFields fields, OpenAiResponsesItem item, IEventSink sink)
    {
        if (item.Kind == OpenAiResponsesItemKind.Unknown) item.Kind = fields.Kind;
        if (item.Id.Length == 0) fields.Id.WriteEscaped(item.Id);
        if (item.Kind is not (OpenAiResponsesItemKind.Function or OpenAiResponsesItemKind.Custom) || item.IsStarted || fields.Name.IsEmpty) return;
        item.IsStarted = true;
        (fields.CallId.IsEmpty ? fields.Id : fields.CallId).WriteEscaped(item.CallId);
        fields.Name.WriteEscaped(item.Name);
        _pieces.Say(item, OpenAiResponsesPieceKind.CallStart, default, sink);
        if (item.Kind == OpenAiResponsesItemKind.Custom) _pieces.Say(item, OpenAiResponsesPieceKind.Arguments, JsonText.Plain("{\"input\":\""u8), sink);
    }

    void EndItem(in OpenAiResponsesItemFields fields, OpenAiResponsesItem item, IEventSink sink)
    {
        if (item.IsEnded) return;
        BeginItem(fields, item, sink);
        item.IsEnded = true;
        switch (item.Kind)
        {
            case OpenAiResponsesItemKind.Message:
                SayContent(fields.Content, item, sink);
                break;
            case OpenAiResponsesItemKind.Foreign when !keepsAll && !fields.Type.IsEmpty:
                sink.Lost(fields.Type);
                break;
            case OpenAiResponsesItemKind.Image:
                if (!fields.Result.IsEmpty) _pieces.Say(item, OpenAiResponsesPieceKind.Image, fields.Result, sink);
                break;
            case OpenAiResponsesItemKind.Reasoning:
                if (!fields.Summary.IsEmpty) SayReasoningParts(fields.Summary, isSummary: true, item, sink);
                if (!fields.Content.IsEmpty) SayReasoningParts(fields.Content, isSummary: false, item, sink);
                if (!fields.EncryptedContent.IsEmpty) SaySignature(fields, item, sink);
                break;
            case OpenAiResponsesItemKind.Function or OpenAiResponsesItemKind.Custom when item.IsStarted:
                if (!item.HasSaid(0)) SayArguments(item, fields.Arguments, sink);
                _pieces.Say(item, OpenAiResponsesPieceKind.CallEnd, default, sink);
                break;
        }
    }

    void SayContent(ReadOnlySpan<byte> content, OpenAiResponsesItem item, IEventSink sink)
    {
        if (content.IsEmpty) return;
        var reader = new Utf8JsonReader(content, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        var told = item.Citations;
        for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            ReadPart(ref reader, content, out var text, out var refusal, out var annotations, out var logprobs);
            if (!item.HasSaid(part))
            {
                if (logprobs.Length > 2) _pieces.Say(item, OpenAiResponsesPieceKind.Logprobs, JsonText.Plain(logprobs), sink);
                SayPart(item, part, OpenAiResponsesPieceKind.Text, text, sink);
                SayPart(item, part, OpenAiResponsesPieceKind.Refusal, refusal, sink);
            }
            SayCitations(annotations, ref told, item, sink);
        }
    }

    // Those that came in events of their own are not said again.
    void SayCitations(ReadOnlySpan<byte> annotations, ref int told, OpenAiResponsesItem item, IEventSink sink)
    {
        if (annotations.Length <= 2) return;
        var reader = new Utf8JsonReader(annotations, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var annotation = reader.Raw(annotations);
            if (told-- <= 0) _pieces.Say(item, OpenAiResponsesPieceKind.Citation, JsonText.Plain(annotation), sink);
        }
    }

    void SayReasoningParts(ReadOnlySpan<byte> parts, bool isSummary, OpenAiResponsesItem item, IEventSink sink)
    {
        var reader = new Utf8JsonReader(parts, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        for (var part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            ReadPart(ref reader, parts, out var text, out _, out _, out _);
            if (!item.HasSaid(part)) SayReasoning(item, part, isSummary, text, sink);
        }
    }

    static void ReadPart(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, out JsonText text, out JsonText refusal, out ReadOnlySpan<byte> annotations, out ReadOnlySpan<byte> logprobs)
    {
        logprobs = default;
        text = default;
        refusal = default;
        annotations = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8)) text = reader.ReadText();
            else if (reader.ValueTextEquals("refusal"u8)) refusal = reader.ReadText();
            else if (reader.ValueTextEquals("logprobs"u8)) logprobs = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("annotations"u8)) annotations = reader.ReadRaw(data);
            else reader.SkipValue();
        }
    }

    // An empty piece comes first, so that a signature over reasoning that was not told is not taken for that of the reasoning before.
    void SaySignature(in OpenAiResponsesItemFields fields, OpenAiResponsesItem item, IEventSink sink)
    {
        if (item.IsSigned) return;
        item.IsSigned = true;
        _signature.Clear();
        OpenAiResponsesReasoning.WriteSignature(fields.Id, fields.EncryptedContent, _signature);
        if (item.IsSummary is null) _pieces.Say(item, OpenAiResponsesPieceKind.Reasoning, default, sink);
        _pieces.Say(item, OpenAiResponsesPieceKind.Signature, JsonText.Escaped(_signature.Written), sink);
    }

    void Begin(in OpenAiResponsesAnswer answer, IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(new ResponseStart(answer.Id, answer.Model));
    }

    void ReadEnd(in OpenAiResponsesAnswer answer, JsonText status, IEventSink sink)
    {
        if (status.Is("failed"u8) || status.Is("cancelled"u8) || (!answer.Error.IsEmpty && !status.Is("completed"u8) && !status.Is("incomplete"u8)))
        {
            Fail(sink, answer.Error.IsEmpty
                ? new BridgeError(ErrorKind.UpstreamFailed, 502, "The provider ended the answer with an error and gave no reason.")
                : OpenAiResponsesErrors.ReadInBand(answer.Error));
            return;
        }
        if (keepsAll && _whole && (status.Is("queued"u8) || status.Is("in_progress"u8)))
        {
            Begin(answer, sink);
            Complete(sink, StopReason.EndTurn);
            return;
        }
        if (!status.Is("completed"u8) && !status.Is("incomplete"u8))
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider answered before the answer was complete."));
            return;
        }
        Begin(answer, sink);
        ReadOutput(answer.Output, sink);
        _pieces.Close(sink);
        if (!answer.Usage.IsEmpty)
        {
            var reader = new Utf8JsonReader(answer.Usage, BodyReader.Options);
            reader.Read();
            // Here, unlike in its chat completions, xAI counts reasoning into the output.
            if (OpenAiChatUsage.TryRead(ref reader, Quirks.None, out var usage)) sink.Usage(usage);
        }
        Complete(sink, ReasonOf(answer, status));
    }

    void ReadOutput(ReadOnlySpan<byte> output, IEventSink sink)
    {
        if (output.IsEmpty) return;
        var reader = new Utf8JsonReader(output, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            var raw = reader.Raw(output);
            if (!isObject) continue;
            var fields = OpenAiResponsesItemFields.Read(raw);
            EndItem(fields, _whole ? _items.At(_items.Next) : _items.Match(index, fields), sink);
        }
    }

    // An answer that is incomplete for a reason not known is not a whole one either.
    StopReason ReasonOf(in OpenAiResponsesAnswer answer, JsonText status)
    {
        if (status.Is("incomplete"u8)) return answer.IncompleteReason.Is("content_filter"u8) ? StopReason.ContentFilter : StopReason.MaxTokens;
        return _pieces.Calls > 0 ? StopReason.ToolCalls : StopReason.EndTurn;
    }
}
