using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;

namespace AcpToApi.Json.Text;

/// <summary>Reads OpenAI's choice among some of the tools: {"mode":"auto","tools":[…]}, whose tools are flat or stand under their type.</summary>
static class AllowedToolsReader
{
    /// <summary>Reads the object that the reader stands on, which <paramref name="field"/> holds. Tools of the provider count for nothing elsewhere.</summary>
    public static AllowedTools Read(ref BodyReader reader, string field)
    {
        var kind = ToolChoiceKind.Auto;
        List<JsonString> names = [];
        while (reader.NextProperty())
        {
            if (reader.Is("mode"u8))
            {
                reader.Next();
                var mode = reader.ExpectString().Text;
                if (mode.Is("required"u8)) kind = ToolChoiceKind.Required;
                else if (!mode.Is("auto"u8)) reader.Fail("must be one of: 'auto', 'required'");
            }
            else if (reader.Is("tools"u8))
            {
                reader.Next();
                reader.ExpectArray();
                while (reader.NextElement()) ReadTool(ref reader, names);
            }
            else reader.SkipValue();
        }
        return new AllowedTools(kind, names, field);
    }

    static void ReadTool(ref BodyReader reader, List<JsonString> names)
    {
        reader.ExpectObject();
        JsonString? name = null, space = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("namespace"u8)) space = reader.ReadString();
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                reader.Next();
                ReadTool(ref reader, names);
            }
            else reader.SkipValue();
        }
        if (name is { } told) names.Add(OpenAiResponsesToolNames.Qualify(space, told));
    }
}
