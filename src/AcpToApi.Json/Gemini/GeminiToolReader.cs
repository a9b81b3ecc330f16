using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Reads <c>tools</c> and <c>toolConfig</c>.</summary>
static class GeminiToolReader
{
    /// <summary>Prefix of extras that hold a tool of the provider (<c>tools.googleSearch</c>).</summary>
    public const string ServerToolPrefix = "tools.";

    /// <summary>Prefix of extras that stood in <c>toolConfig</c>.</summary>
    public const string ConfigPrefix = "toolConfig.";

    /// <summary>Prefix of extras that stood in <c>toolConfig.functionCallingConfig</c>.</summary>
    public const string CallingPrefix = "toolConfig.functionCallingConfig.";

    /// <summary>Reads the tools, from the property's name.</summary>
    public static void ReadTools(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            while (reader.NextProperty())
            {
                if (!reader.IsField("functionDeclarations"u8)) reader.KeepExtra(ServerToolPrefix, request);
                else if (reader.Value())
                {
                    reader.ExpectArray();
                    while (reader.NextElement()) ReadDeclaration(ref reader, request);
                }
            }
        }
    }

    /// <summary>Reads the configuration, from the property's name.</summary>
    public static void ReadConfig(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!reader.IsField("functionCallingConfig"u8)) reader.KeepExtra(ConfigPrefix, request);
            else if (reader.Value()) ReadCalling(ref reader, request);
        }
    }

    static void ReadDeclaration(ref BodyReader reader, ChatRequest request)
    {
        reader.ExpectObject();
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null, openApi = null;
        while (reader.NextProperty())
        {
            if (reader.IsField("name"u8))
            {
                reader.Next();
                name = reader.ExpectString();
                if (name.Value.IsEmpty) reader.Fail("must not be empty");
            }
            else if (reader.IsField("description"u8)) description = reader.ReadString();
            else if (reader.IsField("parametersJsonSchema"u8)) schema = reader.ReadRawObject() ?? schema;
            else if (reader.IsField("parameters"u8)) openApi = reader.ReadRawObject();
            else reader.KeepExtra($"tools[{request.Tools.Count}].", request);
        }
        if (name is null) reader.Missing("name");
        var isOpenApi = schema is null && openApi is not null;
        if (isOpenApi) schema = GeminiSchema.ToJsonSchema(openApi!.Value);
        request.Tools.Add(new ToolDefinition { Name = name.Value, Description = description, Schema = schema, IsOpenApi = isOpenApi });
    }

    static void ReadCalling(ref BodyReader reader, ChatRequest request)
    {
        reader.ExpectObject();
        string? mode = null;
        List<JsonString> names = [];
        var allowed = default(ReadOnlyMemory<byte>);
        while (reader.NextProperty())
        {
            if (reader.IsField("mode"u8))
            {
                if (!reader.Value()) continue;
                mode = reader.ExpectString().ToString().ToUpperInvariant();
                if (mode is not ("AUTO" or "ANY" or "NONE" or "VALIDATED" or "MODE_UNSPECIFIED"))
                {
                    reader.Fail("must be one of: 'AUTO', 'ANY', 'NONE', 'VALIDATED'");
                }
            }
            else if (reader.IsField("allowedFunctionNames"u8))
            {
                if (!reader.Value()) continue;
                reader.ExpectArray();
                allowed = reader.Mark().Raw();
                while (reader.NextElement()) names.Add(reader.ExpectString());
            }
            else reader.KeepExtra(CallingPrefix, request);
        }
        request.ToolChoice = mode switch
        {
            "ANY" when names.Count == 1 => new ToolChoice(ToolChoiceKind.Tool, names[0]),
            "ANY" => new ToolChoice(ToolChoiceKind.Required),
            "NONE" => new ToolChoice(ToolChoiceKind.None),
            "AUTO" or "VALIDATED" => new ToolChoice(ToolChoiceKind.Auto),
            _ => null,
        };
        // Elsewhere the model decides without being held to the schema.
        if (mode == "VALIDATED") request.Extras.Add(new ExtraField(CallingPrefix + "mode", "\"VALIDATED\""u8.ToArray()));
        if (names.Count > 0 && request.ToolChoice is not { Kind: ToolChoiceKind.Tool })
        {
            const string Field = CallingPrefix + "allowedFunctionNames";
            request.Extras.Add(new ExtraField(Field, allowed));
            if (mode != "NONE") request.AllowedTools = new AllowedTools(mode == "ANY" ? ToolChoiceKind.Required : ToolChoiceKind.Auto, names, Field);
        }
    }
}
