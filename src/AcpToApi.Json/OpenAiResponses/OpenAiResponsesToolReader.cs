using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>Reads the tools of a request and which of them to call.</summary>
static class OpenAiResponsesToolReader
{
    /// <summary>Tools that run at the provider are extra fields by this prefix and their type.</summary>
    public const string ServerToolPrefix = "tools.";

    /// <summary>Reads <c>tools</c>.</summary>
    public static void ReadTools(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            var declaration = reader.Mark().Raw();
            switch (TypeAhead(reader))
            {
                case "function":
                    request.Tools.Add(ReadTool(ref reader, null, isCustom: false, declaration));
                    break;
                case "custom":
                    request.Tools.Add(ReadTool(ref reader, null, isCustom: true, declaration));
                    break;
                case "namespace":
                    ReadNamespace(ref reader, request, declaration);
                    break;
                case var other:
                    request.Extras.Add(new ExtraField(ServerToolPrefix + other, reader.Raw()));
                    break;
            }
        }
    }

    static string TypeAhead(BodyReader reader) => StringAhead(reader, "type"u8, "type").ToString();

    static JsonString StringAhead(BodyReader reader, ReadOnlySpan<byte> field, string name)
    {
        while (reader.NextProperty())
        {
            var isIt = reader.Is(field);
            reader.Next();
            if (isIt) return reader.ExpectString();
            reader.Skip();
        }
        reader.Missing(name);
        return default;
    }

    static ToolDefinition ReadTool(ref BodyReader reader, JsonString? space, bool isCustom, ReadOnlyMemory<byte> declaration)
    {
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null;
        if (isCustom) schema = CustomTools.Schema; // a conditional would make an empty schema of null
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
            else if (reader.Is("parameters"u8) && !isCustom) schema = reader.ReadRawObject();
            else if (reader.Is("strict"u8)) strict = reader.ReadBool();
            else if (isCustom && reader.Is("format"u8)) grammar = CustomTools.ReadFormat(ref reader);
            else reader.Unread("tools[].");
        }
        if (name is null) reader.Missing("name");
        return new ToolDefinition
        {
            Name = OpenAiResponsesToolNames.Qualify(space, name.Value),
            Description = CustomTools.Describe(description, grammar),
            Schema = schema,
            Strict = strict,
            IsCustom = isCustom,
            Qualified = space is null ? null : (space.Value, name.Value),
            Declaration = declaration,
        };
    }

    // Codex: {"type":"namespace","name","description","tools":[…]}.
    static void ReadNamespace(ref BodyReader reader, ChatRequest request, ReadOnlyMemory<byte> declaration)
    {
        var name = StringAhead(reader, "name"u8, "name");
        while (reader.NextProperty())
        {
            if (!reader.Is("tools"u8))
            {
                reader.SkipValue();
                continue;
            }
            if (!reader.Value()) continue;
            reader.ExpectArray();
            while (reader.NextElement())
            {
                reader.ExpectObject();
                var type = TypeAhead(reader);
                if (type is "function" or "custom") request.Tools.Add(ReadTool(ref reader, name, type == "custom", declaration));
                else request.Extras.Add(new ExtraField($"{ServerToolPrefix}namespace.{type}", reader.Raw()));
            }
        }
    }

    /// <summary>Reads <c>tool_choice</c>.</summary>
    public static void ReadToolChoice(ref BodyReader reader, ChatRequest request)
    {
        const string Rule = "must be one of: 'none', 'auto', 'required', or an object";
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
            if (kind is null) reader.Fail(Rule);
            request.ToolChoice = new ToolChoice(kind.Value);
            return;
        }
        if (reader.Token != JsonTokenType.StartObject) reader.Fail(Rule);
        if (TypeAhead(reader) is var type && type is not ("function" or "custom"))
        {
            if (type == "allowed_tools")
            {
                var inside = reader.Mark();
                request.AllowedTools = AllowedToolsReader.Read(ref inside, "tool_choice");
            }
            request.Extras.Add(new ExtraField("tool_choice", reader.Raw()));
            return;
        }
        JsonString? name = null, space = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("namespace"u8)) space = reader.ReadString();
            else reader.SkipValue();
        }
        if (name is null) reader.Missing("name");
        request.ToolChoice = new ToolChoice(ToolChoiceKind.Tool, OpenAiResponsesToolNames.Qualify(space, name.Value));
    }
}
