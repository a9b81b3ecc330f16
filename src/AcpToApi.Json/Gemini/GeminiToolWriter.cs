using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes <c>tools</c> and <c>toolConfig</c>.</summary>
sealed class GeminiToolWriter(ChatRequest request, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    bool IsOwnFormat => request.Format is GeminiFormat;

    /// <summary>Appends both fields, each with its leading comma, as far as there is something to say.</summary>
    public void Write()
    {
        var start = output.Length;
        output.Write(",\"tools\":["u8);
        var empty = output.Length;
        if (request.Tools.Count > 0) WriteDeclarations();
        WriteServerTools(isFirst: request.Tools.Count == 0);
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)']');
        WriteConfig();
        ignored.AddIf(request.ParallelToolCalls == false, "parallel_tool_calls");
    }

    void WriteDeclarations()
    {
        output.Write("{\"functionDeclarations\":["u8);
        for (var number = 0; number < request.Tools.Count; number++)
        {
            if (number > 0) output.Write((byte)',');
            WriteDeclaration(request.Tools[number], number);
        }
        output.Write("]}"u8);
    }

    void WriteDeclaration(ToolDefinition tool, int number)
    {
        output.Write("{\"name\":"u8);
        output.WriteString(Fit(tool.Name));
        if (tool.Description is { } description)
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        if (tool.Schema is { } schema) WriteSchema(schema, tool.Name);
        GeminiExtras.Write(request, $"tools[{number}].", output);
        output.Write((byte)'}');
    }

    void WriteSchema(ReadOnlyMemory<byte> schema, JsonString tool)
    {
        if ((quirks & Quirks.OpenApiSchema) == 0)
        {
            output.Write(",\"parametersJsonSchema\":"u8);
            output.Write(schema.Span);
            return;
        }
        // An object without properties is refused there; a tool without arguments has no schema.
        var openApi = GeminiOpenApi.Of(schema, $"the tool '{tool}'");
        if (!openApi.Span[1..].StartsWith("\"type\":\"OBJECT\",\"properties\""u8)) return;
        output.Write(",\"parameters\":"u8);
        output.Write(openApi.Span);
    }

    void WriteServerTools(bool isFirst)
    {
        if (!IsOwnFormat) return;
        foreach (var (name, json) in request.Extras)
        {
            if (!name.StartsWith(GeminiToolReader.ServerToolPrefix, StringComparison.Ordinal)) continue;
            output.Write(isFirst ? "{"u8 : ",{"u8);
            output.WriteString(name[GeminiToolReader.ServerToolPrefix.Length..]);
            output.Write((byte)':');
            output.Write(json.Span);
            output.Write((byte)'}');
            isFirst = false;
        }
    }

    void WriteConfig()
    {
        var start = output.Length;
        output.Write(",\"toolConfig\":{"u8);
        var empty = output.Length;
        output.Write("\"functionCallingConfig\":{"u8);
        var emptyCalling = output.Length;
        WriteCalling();
        if (output.Length == emptyCalling) output.Truncate(empty);
        else output.Write((byte)'}');
        GeminiExtras.Write(request, GeminiToolReader.ConfigPrefix, output);
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)'}');
    }

    void WriteCalling()
    {
        // A choice among no tools is refused.
        if (request.Tools.Count == 0) ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool } && !IsOwnFormat, "tool_choice");
        else if (!IsOwnFormat && request.AllowedTools is { } allowed) WriteAllowed(allowed);
        else if (request.ToolChoice is { } choice && !HasOwnMode()) WriteMode(choice);
        GeminiExtras.Write(request, GeminiToolReader.CallingPrefix, output);
    }

    bool HasOwnMode() => IsOwnFormat && request.Extras.Exists(extra => extra.Name == GeminiToolReader.CallingPrefix + "mode");

    void WriteMode(ToolChoice choice)
    {
        output.Write(choice.Kind switch
        {
            ToolChoiceKind.None => "\"mode\":\"NONE\""u8,
            ToolChoiceKind.Auto => "\"mode\":\"AUTO\""u8,
            _ => "\"mode\":\"ANY\""u8,
        });
        if (choice.Kind != ToolChoiceKind.Tool) return;
        output.Write(",\"allowedFunctionNames\":["u8);
        output.WriteString(Fit(choice.Name));
        output.Write((byte)']');
    }

    void WriteAllowed(AllowedTools allowed)
    {
        output.Write("\"mode\":\"ANY\",\"allowedFunctionNames\":["u8);
        for (var i = 0; i < allowed.Names.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            output.WriteString(Fit(allowed.Names[i]));
        }
        output.Write((byte)']');
    }

    static JsonText Fit(JsonString name) => ToolNames.Fit(name, WireFormat.Gemini.MaxToolNameLength).Text;
}
