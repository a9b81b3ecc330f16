using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// The messages to send, with tool calls and results in the order that the API demands: all results of a turn follow it at once, every call has
/// one, and none is without its call. A tool's message holds one result.
/// </summary>
sealed class OpenAiChatConversation
{
    readonly ChatRequest _request;
    readonly Quirks _quirks;
    readonly IgnoredFields _ignored;
    readonly List<Message> _messages = [];
    readonly HashSet<ToolResultPart> _told = [];

    OpenAiChatConversation(ChatRequest request, Quirks quirks, IgnoredFields ignored) => (_request, _quirks, _ignored) = (request, quirks, ignored);

    /// <summary>The messages, none of which is empty unless the client's is; parts that cannot be carried are named in <paramref name="ignored"/>.</summary>
    public static List<Message> Of(ChatRequest request, Quirks quirks, IgnoredFields ignored)
    {
        var conversation = new OpenAiChatConversation(request, quirks, ignored);
        conversation.AddAll();
        if ((quirks & Quirks.JsonObjectOnly) != 0 && request.ResponseFormat is { } format) OpenAiChatSchemaPrompt.Insert(format, conversation._messages);
        return (quirks & Quirks.StrictRoles) != 0 ? OpenAiChatRoles.Strict(conversation._messages) : conversation._messages;
    }

    void AddAll()
    {
        var messages = _request.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            switch (messages[i].Role)
            {
                case Role.System:
                    AddSystem(messages[i]);
                    break;
                case Role.Assistant:
                    var turn = messages[i].Parts;
                    // Calls that a client spread over several messages are one turn: their results come after all of them.
                    while (HasCalls(turn) && i + 1 < messages.Count && messages[i + 1].Role == Role.Assistant) turn = [.. turn, .. messages[++i].Parts];
                    AddAssistant(turn, messages[i].Name);
                    AddResults(turn, i + 1);
                    break;
                default:
                    AddUser(messages[i]);
                    break;
            }
        }
    }

    void Add(Role role, JsonString? name, List<Part> parts)
    {
        var message = new Message(role) { Name = name };
        message.Parts.AddRange(parts);
        _messages.Add(message);
    }

    void AddSystem(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is OpaquePart or MediaPart) Ignore(part);
            else if (part is TextPart text && BillingHeader.Without(text) is { } kept) parts.Add(kept);
        }
        if (parts.Count > 0 || message.Parts.Count == 0) Add(Role.System, message.Name, parts);
    }

    void AddUser(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is not ToolResultPart result) parts.Add(part);
            else if (!_told.Contains(result)) AddAsText(result, parts);
        }
        if (parts.Count > 0 || message.Parts.Count == 0) Add(Role.User, message.Role == Role.User ? message.Name : null, parts);
    }

    // A result without its call (the client cut the conversation) would be refused; its content is still worth telling.
    void AddAsText(ToolResultPart result, List<Part> parts)
    {
        parts.Add(new TextPart(JsonString.Of($"Result of the tool call {OpenAiChatCallIds.Fit(result.CallId, _quirks)}:")));
        parts.AddRange(result.Content);
    }

    void AddAssistant(List<Part> turn, JsonString? name)
    {
        var replaysReasoning = (_quirks & (Quirks.ReplaysReasoningContent | Quirks.ReplaysReasoning)) != 0;
        var (parts, says) = (new List<Part>(), false);
        foreach (var part in turn)
        {
            if (part is OpaquePart or MediaPart) Ignore(part);
            else if (part is not ReasoningPart || replaysReasoning) parts.Add(part);
            says |= part is TextPart { Text.IsEmpty: false } or ToolCallPart || (replaysReasoning && part is ReasoningPart { Text.IsEmpty: false });
        }
        if (says) Add(Role.Assistant, name, parts); // else only reasoning of another provider, or nothing at all
    }

    void AddResults(List<Part> turn, int next)
    {
        var (media, missing) = (new List<Part>(), new List<string>());
        foreach (var result in TurnResults.Of(turn, _request.Messages, next, missing))
        {
            _told.Add(result);
            Add(Role.Tool, null, [result]);
            AddMedia(result, media);
        }
        foreach (var id in missing)
        {
            var result = new ToolResultPart { CallId = JsonString.Of(id) };
            result.Content.Add(new TextPart(JsonString.Of("No result was returned for this tool call.")));
            Add(Role.Tool, null, [result]);
        }
        if (media.Count > 0) Add(Role.User, null, media);
    }

    // A tool's message takes text only, so pictures follow in a message of the user's, after all results.
    void AddMedia(ToolResultPart result, List<Part> media)
    {
        var told = false;
        foreach (var part in result.Content)
        {
            if (part is not MediaPart { PlainText: null } found) continue;
            if (!told) media.Add(new TextPart(JsonString.Of($"Returned by the tool call {OpenAiChatCallIds.Fit(result.CallId, _quirks)}:")));
            media.Add(found);
            told = true;
        }
    }

    void Ignore(Part part) => _ignored.Add(OpenAiChatPartWriter.NameOf(part));

    static bool HasCalls(List<Part> parts) => parts.Exists(part => part is ToolCallPart);
}
