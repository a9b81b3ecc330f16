using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>What a tool is called in this dialect, and what it is: a function or a custom tool, in a namespace or not.</summary>
readonly record struct OpenAiResponsesToolName(JsonString Name, JsonString? Namespace, bool IsCustom);

/// <summary>Between the tools' names here, where a namespace stands beside the name, and the one name that they have elsewhere.</summary>
static class OpenAiResponsesToolNames
{
    static ReadOnlySpan<byte> Separator => "__"u8;

    /// <summary>The one name of a tool in a namespace.</summary>
    public static JsonString Qualify(JsonString? space, JsonString name)
    {
        if (space is not { IsEmpty: false } known) return name;
        using var qualified = new PooledBuffer();
        known.Text.WriteEscaped(qualified);
        qualified.Write(Separator);
        name.Text.WriteEscaped(qualified);
        return new JsonString(qualified.Written.ToArray(), IsEscaped: true);
    }

    /// <summary>The client's tool of that name. An upstream of this format leaves the namespace apart, which most often does not matter.</summary>
    public static OpenAiResponsesToolName Find(ChatRequest? request, JsonText name)
    {
        ToolDefinition? found = null;
        foreach (var tool in request?.Tools ?? [])
        {
            if (IsSame(tool.Name, name))
            {
                found = tool;
                break;
            }
            if (tool.Qualified is { } inner && IsSame(inner.Name, name)) found ??= tool;
        }
        if (found is null) return new OpenAiResponsesToolName(name.Keep(), null, IsCustom: false);
        return found.Qualified is { } qualified
            ? new OpenAiResponsesToolName(qualified.Name, qualified.Namespace, found.IsCustom)
            : new OpenAiResponsesToolName(found.Name, null, found.IsCustom);
    }

    static bool IsSame(JsonString known, JsonText name) =>
        known.Bytes.Span.SequenceEqual(name.Bytes) ? known.IsEscaped == name.IsEscaped || !name.Bytes.Contains((byte)'\\') : known.ToString() == name.ToString();
}
