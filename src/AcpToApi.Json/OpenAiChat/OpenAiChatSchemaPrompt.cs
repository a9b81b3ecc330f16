using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>The form of an answer in words, for providers that know no schemas (<see cref="Quirks.JsonObjectOnly"/>), and refuse to answer in JSON unless the prompt says so.</summary>
static class OpenAiChatSchemaPrompt
{
    /// <summary>Puts it behind the first instructions.</summary>
    public static void Insert(ResponseFormat format, List<Message> messages)
    {
        var words = "Answer with one JSON object and nothing else.";
        if (format.Description is { } description) words += $"\nIt is: {description}";
        if (format.Schema is { } schema) words += $"\nIt must be valid against this JSON Schema:\n{new JsonString(schema, IsEscaped: false)}";
        var place = 0;
        while (place < messages.Count && messages[place].Role == Role.System) place++;
        messages.Insert(place, Message.Of(Role.System, JsonString.Of(words)));
    }
}
