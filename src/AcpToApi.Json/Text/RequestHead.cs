using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>What routing and passthrough need of a request. Reading it proves that the whole body is well-formed JSON.</summary>
public readonly struct RequestHead
{
    readonly ReadOnlyMemory<byte> _body;
    readonly int _modelStart;
    readonly int _modelLength;

    RequestHead(ReadOnlyMemory<byte> body, JsonString model, int modelStart, int modelLength)
    {
        _body = body;
        _modelStart = modelStart;
        _modelLength = modelLength;
        Model = model;
    }

    /// <summary>The model as the client named it; not empty.</summary>
    public JsonString Model { get; }

    /// <summary>Whether the client wants a stream.</summary>
    public bool Stream { get; private init; }

    /// <summary>Whether the client of a stream asked for token counts (OpenAI's <c>stream_options.include_usage</c>).</summary>
    public bool IncludeUsage { get; private init; }

    /// <summary>The number of alternative answers asked for (OpenAI's <c>n</c>); 1 if not said.</summary>
    public long Count { get; private init; }

    /// <summary>Whether there is a conversation to go on with; only where it may be left out (Ollama's clients load a model that way) can it be false.</summary>
    public bool HasConversation { get; private init; }

    /// <summary>Whether the conversation stands in <c>input</c>, as in OpenAI's Responses, where messages were looked for.</summary>
    public bool HasInputOnly { get; private init; }

    /// <summary>
    /// Reads a body that names the model at its top; <paramref name="conversation"/> is the field that must hold the messages, if
    /// <paramref name="isRequired"/>. Throws <see cref="BridgeException"/> (400) that names the field.
    /// </summary>
    public static RequestHead Read(
        ReadOnlyMemory<byte> body, string conversation = "messages", bool streamByDefault = false, bool isRequired = true, bool orInput = false)
    {
        var reader = new BodyReader(body);
        JsonString? model = null;
        var (modelStart, modelLength, stream, messages, input, count, usage) = (0, 0, streamByDefault, false, false, 1L, false);
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                // Two of them, and the provider may take the one that did not route.
                if (model is not null) reader.Fail("must not appear twice");
                reader.Next();
                model = reader.ExpectString();
                (modelStart, modelLength) = (OffsetIn(body, model.Value.Bytes) - 1, model.Value.Bytes.Length + 2);
                if (model.Value.IsEmpty) reader.Fail("must not be empty");
            }
            else if (reader.Is(conversation)) messages = ReadConversation(ref reader, isRequired);
            else if (reader.Is("stream"u8)) stream = reader.Value() ? reader.ExpectBool() : streamByDefault;
            else if (reader.Is("stream_options"u8)) usage = ReadIncludeUsage(ref reader);
            else if (reader.Is("n"u8)) count = reader.Value() ? reader.ExpectWhole() : 1;
            else
            {
                input |= orInput && reader.Is("input"u8);
                reader.SkipValue();
            }
        }
        if (model is null) reader.Missing("model");
        if (isRequired && !messages && !input) reader.Missing(conversation);
        reader.ExpectEnd();
        return new RequestHead(body, model.Value, modelStart, modelLength)
        {
            Stream = stream,
            Count = count,
            IncludeUsage = usage,
            HasConversation = messages || input,
            HasInputOnly = input && !messages,
        };
    }

    /// <summary>The head of a request whose URL names the model and tells whether it is to be streamed (Gemini).</summary>
    public static RequestHead InUrl(ReadOnlyMemory<byte> body, JsonString model, bool stream, string conversation, bool isRequired = true)
    {
        var reader = new BodyReader(body);
        var messages = false;
        while (reader.NextProperty())
        {
            if (reader.Is(conversation)) messages = ReadConversation(ref reader, isRequired: true);
            else reader.SkipValue();
        }
        if (isRequired && !messages) reader.Missing(conversation);
        reader.ExpectEnd();
        return new RequestHead(body, model, 0, 0) { Stream = stream, Count = 1, IncludeUsage = true, HasConversation = messages };
    }

    /// <summary>Writes the body with only the model's name replaced; every other byte stays as it was.</summary>
    public void WriteWithModel(JsonString model, PooledBuffer output)
    {
        var body = _body.Span;
        if (_modelLength == 0)
        {
            output.Write(body); // the URL names it
            return;
        }
        output.Write(body[.._modelStart]);
        output.Write((byte)'"');
        model.Text.WriteEscaped(output);
        output.Write((byte)'"');
        output.Write(body[(_modelStart + _modelLength)..]);
    }

    // Messages, or (Responses, completions) a text that is the user's only one, or items that are no messages.
    static bool ReadConversation(ref BodyReader reader, bool isRequired)
    {
        var isPrompt = reader.Is("prompt"u8);
        var mayBeText = isPrompt || reader.Is("input"u8);
        if (!reader.Value() && !isRequired) return false;
        if (mayBeText && reader.Token == JsonTokenType.String) return isRequired || !reader.ExpectString().IsEmpty;
        if (mayBeText && reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array");
        reader.ExpectArray();
        var some = false;
        while (reader.NextElement())
        {
            if (!isPrompt) reader.ExpectObject();
            reader.Skip();
            some = true;
        }
        if (!some && isRequired) reader.Fail(isPrompt ? "must hold at least one prompt" : "must hold at least one message");
        return some;
    }

    static bool ReadIncludeUsage(ref BodyReader reader)
    {
        var usage = false;
        if (!reader.Value()) return usage;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            var isUsage = reader.Is("include_usage"u8);
            if (reader.Value() && isUsage) usage = reader.ExpectBool();
            reader.Skip();
        }
        return usage;
    }

    static int OffsetIn(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> slice)
    {
        body.Span.Overlaps(slice.Span, out var offset);
        return offset;
    }
}
