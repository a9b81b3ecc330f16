using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c>.</summary>
static class AnthropicToolReader
{
    /// <summary>Prefix of extras that hold a tool of the provider (<c>tools.web_search_20250305</c>).</summary>
    public const string ServerToolPrefix = "tools.";

    /// <summary>Reads the tools, from the property's name.</summary>
    public static void ReadTools(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            if (ServerToolType(ref reader) is { } type) request.Extras.Add(new ExtraField(ServerToolPrefix + type, reader.Raw()));
            else ReadTool(ref reader, request);
        }
    }

    /// <summary>Reads the choice, from the property's name.</summary>
    public static void ReadChoice(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        var type = AnthropicBlockReader.TypeAhead(ref reader).Text;
        JsonString? name = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = reader.Value() ? reader.ExpectString() : null;
            else if (reader.Is("disable_parallel_tool_use"u8))
            {
                if (reader.Value()) request.ParallelToolCalls = !reader.ExpectBool();
            }
            else
            {
                reader.Next();
                reader.Skip();
            }
        }
        if (type.Is("auto"u8)) request.ToolChoice = new ToolChoice(ToolChoiceKind.Auto);
        else if (type.Is("any"u8)) request.ToolChoice = new ToolChoice(ToolChoiceKind.Required);
        else if (type.Is("none"u8)) request.ToolChoice = new ToolChoice(ToolChoiceKind.None);
        else if (!type.Is("tool"u8)) reader.Fail("must have the type 'auto', 'any', 'tool' or 'none'");
        else if (name is { } forced) request.ToolChoice = new ToolChoice(ToolChoiceKind.Tool, forced);
        else reader.Missing("name");
    }

    // Tools that the provider runs itself have a dated type (web_search_20250305); the client's have none, or "custom".
    static string? ServerToolType(ref BodyReader reader)
    {
        var ahead = reader.Mark();
        while (ahead.NextProperty())
        {
            var isType = ahead.Is("type"u8);
            if (!ahead.Value()) continue;
            if (isType)
            {
                var type = ahead.ExpectString();
                return type.Text.Is("custom"u8) ? null : type.ToString();
            }
            ahead.Skip();
        }
        return null;
    }

    static void ReadTool(ref BodyReader reader, ChatRequest request)
    {
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null, cache = null;
        bool? strict = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8))
            {
                reader.Next();
                name = reader.ExpectString();
            }
            else if (reader.Is("description"u8)) description = reader.Value() ? reader.ExpectString() : null;
            else if (reader.Is("input_schema"u8)) schema = reader.ReadRawObject();
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else if (reader.Is("strict"u8)) strict = reader.Value() ? reader.ExpectBool() : null;
            else KeepField(ref reader, request);
        }
        if (name is null) reader.Missing("name");
        request.Tools.Add(new ToolDefinition { Name = name.Value, Description = description, Schema = schema, Strict = strict, CacheControl = cache });
    }

    // defer_loading, input_examples and the like: the writer finds them by the tool's number.
    static void KeepField(ref BodyReader reader, ChatRequest request)
    {
        var isType = reader.Is("type"u8);
        var name = $"tools[{request.Tools.Count}].{reader.Name()}";
        if (!reader.Value()) return;
        var value = reader.Raw();
        if (!isType) request.Extras.Add(new ExtraField(name, value));
    }
}
