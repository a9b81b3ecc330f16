using System.Security.Cryptography;
using System.Text;
using AcpToApi.Agents.Conversations;
using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Agents;

/// <summary>What one request asks of an agent.</summary>
sealed class AgentRequest(ChatTurn turn) : IDisposable
{
    /// <summary>The request header that names a conversation, and the response header that tells its name.</summary>
    public const string IdHeader = "X-Conversation-ID";

    const int LongestId = 200;

    /// <summary>The request in neutral form.</summary>
    public ChatRequest Chat => turn.Request;

    /// <summary>The agent's row.</summary>
    public Provider Provider => turn.Route.Provider;

    /// <summary>The model as the agent knows it.</summary>
    public string Model => turn.Route.Model;

    /// <summary>Whether the long context window was asked for.</summary>
    public bool LongContext => turn.Route.LongContext;

    /// <summary>Who asks, as a hash of the key that was sent; conversations belong to one caller.</summary>
    public string Owner { get; } = OwnerOf(turn.Http);

    /// <summary>The conversation that the client named, in a header or in the model's id; null when it named none.</summary>
    public string? ConversationId { get; } = IdOf(turn);

    /// <summary>Fingerprints of the conversation's beginnings.</summary>
    public History History { get; } = new(turn.Request);

    /// <summary>Index of the first message that the agent has not seen; 0 when it has seen none.</summary>
    public int FirstNew { get; set; }

    /// <summary>The instructions before the first turn, as plain text; empty when there are none.</summary>
    public byte[] System
    {
        get
        {
            using var text = new PooledBuffer();
            foreach (var message in Chat.Messages.TakeWhile(message => message.Role == Role.System))
            {
                foreach (var part in message.Parts.OfType<TextPart>())
                {
                    if (text.Length > 0) text.Write("\n\n"u8);
                    part.Text.Text.WriteDecoded(text);
                }
            }
            return text.Written.ToArray();
        }
    }

    /// <summary>The client's tools, as far as they may be called.</summary>
    public IReadOnlyList<ToolDefinition> Tools => Chat.ToolChoice is { Kind: ToolChoiceKind.None } ? [] : Chat.OfferedTools;

    /// <summary>Index of the first message after the model's last one: what a client adds in a turn.</summary>
    public int FirstOfTurn => Chat.Messages.FindLastIndex(message => message.Role == Role.Assistant) + 1;

    /// <summary>Index of the first message of the model's last answer; 0 when it has not answered yet.</summary>
    public int FirstOfAnswer
    {
        get
        {
            var index = FirstOfTurn;
            while (index > 0 && Chat.Messages[index - 1].Role == Role.Assistant) index--;
            return index;
        }
    }

    /// <summary>The results of tools that the turn brings.</summary>
    public IEnumerable<ToolResultPart> Results => Chat.Messages.Skip(FirstOfTurn).SelectMany(message => message.Parts).OfType<ToolResultPart>();

    public void Dispose() => History.Dispose();

    static string? IdOf(ChatTurn turn)
    {
        var id = turn.Http.Headers[IdHeader] is [{ Length: > 0 } given] ? given : turn.Route.Conversation;
        return id is not { Length: > LongestId } ? id : throw new BridgeException(BridgeError.InvalidRequest($"The name of a conversation ({IdHeader}, or behind the model's) may have {LongestId} characters at most."));
    }

    /// <summary>Who sends a request, as a hash of the key in it.</summary>
    public static string OwnerOf(HttpRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ClientKeys.Of(request).FirstOrDefault() ?? "")).AsSpan(0, 16));
}
