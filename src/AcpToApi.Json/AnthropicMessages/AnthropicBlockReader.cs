using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reads content: a string or an array of blocks. A block's type may stand anywhere in it, so it is looked up first.</summary>
static class AnthropicBlockReader
{
    /// <summary>Reads the content that the reader stands on.</summary>
    public static void ReadContent(ref BodyReader reader, List<Part> parts)
    {
        if (reader.Token == JsonTokenType.String)
        {
            parts.Add(new TextPart(reader.ExpectString()));
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of content blocks");
        while (reader.NextElement())
        {
            // Bare strings among blocks are not in the specification, but unmistakable.
            parts.Add(reader.Token == JsonTokenType.String ? new TextPart(reader.ExpectString()) : ReadBlock(ref reader));
        }
    }

    /// <summary>The type of the block or source that the reader stands on, and stays on.</summary>
    public static JsonString TypeAhead(ref BodyReader reader)
    {
        reader.ExpectObject();
        var ahead = reader.Mark();
        while (ahead.NextProperty())
        {
            var isType = ahead.Is("type"u8);
            ahead.Next();
            if (isType) return ahead.ExpectString();
            ahead.Skip();
        }
        ahead.Missing("type");
        return default;
    }

    /// <summary>Reads the block that the reader stands on.</summary>
    public static Part ReadBlock(ref BodyReader reader)
    {
        var type = TypeAhead(ref reader);
        if (type.Text.Is("text"u8)) return ReadText(ref reader);
        if (type.Text.Is("tool_use"u8)) return ReadCall(ref reader);
        if (type.Text.Is("tool_result"u8)) return ReadResult(ref reader);
        if (type.Text.Is("image"u8)) return AnthropicMediaReader.Read(ref reader, MediaKind.Image);
        if (type.Text.Is("document"u8)) return AnthropicMediaReader.Read(ref reader, MediaKind.Document);
        if (type.Text.Is("search_result"u8)) return AnthropicSearchResult.Read(ref reader);
        if (type.Text.Is("thinking"u8)) return ReadThinking(ref reader);
        if (type.Text.Is("redacted_thinking"u8)) return ReadRedacted(ref reader);
        return new OpaquePart(type.ToString(), reader.Raw());
    }

    static TextPart ReadText(ref BodyReader reader)
    {
        JsonString? text = null;
        ReadOnlyMemory<byte>? cache = null;
        while (reader.NextProperty())
        {
            if (reader.Is("text"u8)) text = ReadString(ref reader);
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else reader.Unread("content.");
        }
        if (text is null) reader.Missing("text");
        return new TextPart(text.Value) { CacheControl = cache };
    }

    static ToolCallPart ReadCall(ref BodyReader reader)
    {
        JsonString? id = null, name = null;
        ReadOnlyMemory<byte>? cache = null;
        var input = default(JsonString);
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) id = ReadString(ref reader);
            else if (reader.Is("name"u8)) name = ReadString(ref reader);
            else if (reader.Is("input"u8)) input = reader.Value() ? new JsonString(reader.RawObject(), IsEscaped: false) : default;
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else reader.Unread("content.");
        }
        if (id is null) reader.Missing("id");
        if (name is null) reader.Missing("name");
        return new ToolCallPart { Id = id.Value, Name = name.Value, Arguments = input, CacheControl = cache };
    }

    static ToolResultPart ReadResult(ref BodyReader reader)
    {
        JsonString? id = null;
        ReadOnlyMemory<byte>? cache = null;
        var isError = false;
        List<Part> content = [];
        while (reader.NextProperty())
        {
            if (reader.Is("tool_use_id"u8)) id = ReadString(ref reader);
            else if (reader.Is("is_error"u8)) isError = reader.Value() && reader.ExpectBool();
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else if (!reader.Is("content"u8)) reader.Unread("content.");
            else if (reader.Value()) ReadContent(ref reader, content);
        }
        if (id is null) reader.Missing("tool_use_id");
        var result = new ToolResultPart { CallId = id.Value, IsError = isError, CacheControl = cache };
        result.Content.AddRange(content);
        return result;
    }

    static ReasoningPart ReadThinking(ref BodyReader reader)
    {
        JsonString? text = null, signature = null;
        while (reader.NextProperty())
        {
            if (reader.Is("thinking"u8)) text = ReadString(ref reader);
            else if (reader.Is("signature"u8)) signature = reader.Value() ? reader.ExpectString() : null;
            else reader.Unread("content.");
        }
        if (text is null) reader.Missing("thinking");
        return new ReasoningPart(text.Value) { Signature = signature is { IsEmpty: false } ? signature : null };
    }

    static RedactedReasoningPart ReadRedacted(ref BodyReader reader)
    {
        JsonString? data = null;
        while (reader.NextProperty())
        {
            if (reader.Is("data"u8)) data = ReadString(ref reader);
            else reader.Unread("content.");
        }
        if (data is null) reader.Missing("data");
        return new RedactedReasoningPart(data.Value);
    }

    static JsonString ReadString(ref BodyReader reader)
    {
        reader.Next();
        return reader.ExpectString();
    }
}
