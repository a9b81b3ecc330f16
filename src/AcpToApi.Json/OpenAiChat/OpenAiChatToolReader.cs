using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads the tools of a request and which of them to call.</summary>
static class OpenAiChatToolReader
{
    /// <summary>
    /// Tools that run at the provider (OpenRouter's web search) are extra fields by this prefix and their type: an upstream of this format
    /// gets them as they stood, for others they are named as ignored.
    /// </summary>
    public const string ServerToolPrefix = "tools.";

    /// <summary>Reads <c>tools</c>.</summary>
    public static void ReadTools(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            var start = reader.Mark();
            if (ReadTool(ref reader, out var type) is { } tool)
            {
                if (tool.IsCustom) tool.Declaration = start.Raw();
                request.Tools.Add(tool);
            }
            else request.Extras.Add(new ExtraField(ServerToolPrefix + type, start.Raw()));
        }
    }

    /// <summary>Reads <c>functions</c>, which tools replaced.</summary>
    public static void ReadFunctions(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            request.Tools.Add(ReadFunction(ref reader, custom: false));
        }
    }

    static ToolDefinition? ReadTool(ref BodyReader reader, out string type)
    {
        ToolDefinition? tool = null;
        ReadOnlyMemory<byte>? cacheControl = null;
        type = "function";
        var noted = reader.UnreadFields.Count;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                type = reader.ExpectString().ToString();
            }
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                var custom = reader.Is("custom"u8);
                reader.Next();
                reader.ExpectObject();
                tool = ReadFunction(ref reader, custom);
            }
            else if (reader.Is("cache_control"u8)) cacheControl = reader.ReadRawObject();
            else reader.Unread("tools[].");
        }
        if (type is not ("function" or "custom"))
        {
            reader.UnreadFields.RemoveRange(noted, reader.UnreadFields.Count - noted);
            return null;
        }
        if (tool is null) reader.Missing(type);
        tool!.CacheControl = cacheControl;
        return tool;
    }

    static ToolDefinition ReadFunction(ref BodyReader reader, bool custom)
    {
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null;
        if (custom) schema = CustomTools.Schema;
        bool? strict = null;
        string? grammar = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8))
            {
                reader.Next();
                name = reader.ExpectString();
                if (name.Value.IsEmpty) reader.Fail("must not be empty");
            }
            else if (reader.Is("description"u8)) description = reader.ReadString();
            else if (reader.Is("parameters"u8) && !custom) schema = reader.ReadRawObject();
            else if (reader.Is("strict"u8)) strict = reader.ReadBool();
            else if (custom && reader.Is("format"u8)) grammar = CustomTools.ReadFormat(ref reader);
            else reader.Unread("tools[].");
        }
        if (name is null) reader.Missing("name");
        return new ToolDefinition { Name = name.Value, Description = CustomTools.Describe(description, grammar), Schema = schema, Strict = strict, IsCustom = custom };
    }

    /// <summary>Reads <c>tool_choice</c>, or <c>function_call</c>, which it replaced.</summary>
    public static void ReadToolChoice(ref BodyReader reader, ChatRequest request)
    {
        var field = reader.Name();
        if (!reader.Value()) return;
        if (reader.Token == JsonTokenType.String)
        {
            ToolChoiceKind? kind = reader.ExpectString().ToString() switch
            {
                "auto" => ToolChoiceKind.Auto,
                "none" => ToolChoiceKind.None,
                "required" or "any" => ToolChoiceKind.Required,
                _ => null,
            };
            if (kind is null) reader.Fail("must be one of: 'none', 'auto', 'required', or an object");
            request.ToolChoice = new ToolChoice(kind.Value);
            return;
        }
        if (reader.Token != JsonTokenType.StartObject) reader.Fail("must be one of: 'none', 'auto', 'required', or an object");
        var start = reader.Mark();
        var (name, type) = ReadNamedChoice(ref reader, field, request);
        if (name is { } tool) request.ToolChoice = new ToolChoice(ToolChoiceKind.Tool, tool);
        else if (type == "allowed_tools") request.Extras.Add(new ExtraField(field, start.Raw()));
        else reader.Missing("function");
    }

    // {"type":"function","function":{"name"}}, {"type":"custom","custom":{"name"}}, and {"name"} of the legacy function_call.
    static (JsonString? Name, string? Type) ReadNamedChoice(ref BodyReader reader, string field, ChatRequest request)
    {
        JsonString? name = null;
        string? type = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) type = reader.ReadString()?.ToString();
            else if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("allowed_tools"u8))
            {
                reader.Next();
                reader.ExpectObject();
                request.AllowedTools = AllowedToolsReader.Read(ref reader, field);
            }
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                reader.Next();
                reader.ExpectObject();
                while (reader.NextProperty())
                {
                    if (reader.Is("name"u8))
                    {
                        reader.Next();
                        name = reader.ExpectString();
                    }
                    else reader.SkipValue();
                }
                if (name is null) reader.Missing("name");
            }
            else reader.SkipValue();
        }
        return (name, type);
    }
}
