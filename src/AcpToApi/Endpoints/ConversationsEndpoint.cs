using AcpToApi.Agents;
using AcpToApi.Agents.Conversations;
using AcpToApi.Json.Model;

namespace AcpToApi.Endpoints;

/// <summary>The caller's conversations with coding agents: what there are, and ending one.</summary>
sealed class ConversationsEndpoint(ConversationTable conversations, AgentSet agents)
{
    /// <summary><c>GET /conversations</c>.</summary>
    public Task ListAsync(HttpContext http)
    {
        var own = conversations.Of(AgentRequest.OwnerOf(http.Request)).Select(Describe);
        return JsonAnswer.WriteAsync(http, new ConversationList([.. own]), BridgeJsonContext.Default.ConversationList);
    }

    /// <summary><c>GET /conversations/{id}</c>.</summary>
    public Task GetAsync(HttpContext http, string id) =>
        JsonAnswer.WriteAsync(http, Describe(Find(http, id)), BridgeJsonContext.Default.ConversationState);

    /// <summary><c>DELETE /conversations/{id}</c>: ends its worker; <c>?forget=true</c> also deletes what is stored of it, here and at its agent.</summary>
    public async Task DeleteAsync(HttpContext http, string id)
    {
        var conversation = Find(http, id);
        var forget = http.Request.Query["forget"] == "true";
        await conversations.DropAsync(conversation, forget);
        if (forget && conversation.ResumeId is { } session) await agents.Of(conversation.Provider).ForgetAsync(conversation.Provider, session);
        await JsonAnswer.WriteAsync(http, new DeletedConversation(id, Deleted: true, Forgotten: forget), BridgeJsonContext.Default.DeletedConversation);
    }

    Conversation Find(HttpContext http, string id) =>
        conversations.Of(AgentRequest.OwnerOf(http.Request)).FirstOrDefault(conversation => conversation.Id == id)
        ?? throw new BridgeException(new BridgeError(ErrorKind.NotFound, 404, $"There is no conversation '{id}'; GET /conversations lists those there are."));

    static ConversationState Describe(Conversation conversation) => new(
        conversation.Id,
        conversation.Provider.Name,
        conversation.Model,
        conversation.IsBusy ? "busy" : conversation.Session is not { } session ? "stored" : session.IsParked ? "waiting" : "hot",
        conversation.ResumeId is not null,
        conversation.Turns,
        conversation.Created.ToUnixTimeSeconds(),
        conversation.LastUsed.ToUnixTimeSeconds());
}
