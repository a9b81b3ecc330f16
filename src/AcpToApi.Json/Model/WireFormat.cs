using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.BedrockConverse;
using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.CohereChat;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Gemini;
using AcpToApi.Json.Ollama;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.OpenAiCompletions;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Model;

/// <summary>
/// One way of writing chats on the wire: a folder of translators. As a dialect it reads requests and writes answers;
/// as an upstream it writes requests and reads answers.
/// </summary>
public abstract class WireFormat
{
    /// <summary>OpenAI's <c>/v1/chat/completions</c>.</summary>
    public static WireFormat OpenAiChat { get; } = new OpenAiChatFormat();

    /// <summary>Anthropic's <c>/v1/messages</c>.</summary>
    public static WireFormat AnthropicMessages { get; } = new AnthropicMessagesFormat();

    /// <summary>Ollama's <c>/api/chat</c>.</summary>
    public static WireFormat Ollama { get; } = new OllamaFormat();

    /// <summary>Google's <c>:generateContent</c> and <c>:streamGenerateContent</c>.</summary>
    public static WireFormat Gemini { get; } = new GeminiFormat();

    /// <summary>Gemini's answers as one JSON array, for clients that stream without <c>alt=sse</c>; no upstream format.</summary>
    public static WireFormat GeminiArray { get; } = new GeminiArrayFormat();

    /// <summary>OpenAI's <c>/v1/responses</c>.</summary>
    public static WireFormat OpenAiResponses { get; } = new OpenAiResponsesFormat();

    /// <summary>OpenAI's <c>/v1/completions</c>; to an upstream it is only passed through.</summary>
    public static WireFormat OpenAiCompletions { get; } = new OpenAiCompletionsFormat();

    /// <summary>A body for <c>/v1/responses</c> that was sent to <c>/v1/chat/completions</c>, and is answered as is the custom there; no upstream format.</summary>
    public static WireFormat OpenAiChatInput { get; } = new OpenAiChatInputFormat();

    /// <summary>Ollama's <c>/api/generate</c>; to an upstream it is only passed through.</summary>
    public static WireFormat OllamaGenerate { get; } = new OllamaGenerateFormat();

    /// <summary>Cohere's <c>/v2/chat</c>; no dialect of clients.</summary>
    public static WireFormat CohereChat { get; } = new CohereChatFormat();

    /// <summary>Amazon Bedrock's <c>/model/…/converse</c> and <c>/converse-stream</c>; no dialect of clients.</summary>
    public static WireFormat BedrockConverse { get; } = new BedrockConverseFormat();

    /// <summary>The sessions of <c>opencode serve</c> and its relatives; spoken by coding agents only, so that no provider can be said to.</summary>
    public static WireFormat OpenCode { get; } = new OpenCodeFormat();

    /// <summary>What the Claude Code CLI reads and writes (<c>stream-json</c>); no dialect of clients.</summary>
    public static WireFormat ClaudeStream { get; } = new ClaudeStreamFormat();

    /// <summary>Those that clients chat in.</summary>
    public static IReadOnlyList<WireFormat> Dialects { get; } = [OpenAiChat, AnthropicMessages, OpenAiResponses, Gemini, Ollama];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<WireFormat> All { get; } = [.. Dialects, CohereChat, BedrockConverse, OpenAiCompletions, OllamaGenerate];

    /// <summary>The name that configuration uses (<c>chat</c>, <c>messages</c>, <c>responses</c>, <c>gemini</c>, <c>ollama</c>, <c>cohere</c>, <c>converse</c>, <c>completions</c>, <c>generate</c>).</summary>
    public abstract string Name { get; }

    /// <summary>The format in which a provider takes this dialect's requests as they are: itself, but where only the client's side of a stream is packed otherwise.</summary>
    public virtual WireFormat Native => this;

    /// <summary>Longest tool name that an upstream of this format takes; the charset is letters, digits, <c>_</c> and <c>-</c> everywhere.</summary>
    public abstract int MaxToolNameLength { get; }

    /// <summary>Whether its answers have a place for sources (citations).</summary>
    public virtual bool CarriesSources => true;

    /// <summary>Whether its answers may hold reasoning that is signed or encrypted, which its provider wants back in the next turn.</summary>
    public virtual bool SignsReasoning => false;

    /// <summary>Whether its answers have a place for such signatures of other providers.</summary>
    public virtual bool CarriesReasoningSignatures => true;

    /// <summary>Whether its answers have a place for pictures.</summary>
    public virtual bool CarriesPictures => true;

    /// <summary>How many stop sequences its requests have a place for; the answer is watched for the others (<see cref="Sinks.StopSequences"/>).</summary>
    public virtual int MostStopSequences(JsonString model) => int.MaxValue;

    /// <summary>Takes out of a request what an upstream has just refused, and names it; false when it cannot be asked without.</summary>
    public virtual bool TryRelax(ChatRequest request, BridgeError refusal, IgnoredFields ignored) => false;

    /// <summary>Takes the wish to reason out of a request, where the refusal names the field of it: agents ask every model for it.</summary>
    private protected static bool TryDropReasoning(ChatRequest request, BridgeError refusal, string field, IgnoredFields ignored)
    {
        if (request.Reasoning is null || refusal.Status is not (400 or 422) || !refusal.Message.Contains(field, StringComparison.OrdinalIgnoreCase)) return false;
        request.Reasoning = null;
        ignored.Add("reasoning_effort");
        return true;
    }

    /// <summary>Whether its requests have a place for the client's betas (<see cref="UpstreamTarget.Betas"/>), in the body or in a header.</summary>
    public virtual bool TakesBetas => false;

    /// <summary>What this dialect calls a field of the chat dialect, so that a client is told of it in its own words; any other name stays as it is.</summary>
    public virtual string FieldName(string name) => name;

    /// <summary>Reads what routing needs of a client's body. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public virtual RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body);

    /// <summary>Reads a client's body. Throws <see cref="BridgeException"/> (400) that names the field when it is not a request.</summary>
    public abstract ChatRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>The dialect that the client really speaks, now that the body's head has been read.</summary>
    public virtual WireFormat DialectOf(in RequestHead head) => this;

    /// <summary>Reads all the chats that a client's body asks for at once: one, but for dialects that know several prompts.</summary>
    public virtual IReadOnlyList<ChatRequest> ReadRequests(ReadOnlyMemory<byte> body) => [ReadRequest(body)];

    // Events tell of one answer, and few providers make several: each choice is a turn of its own.
    private protected IReadOnlyList<ChatRequest> EachChoice(ChatRequest request, int most)
    {
        var count = request.Sampling.Count;
        var field = FieldName("n");
        if (count > most) throw new BridgeException(BridgeError.InvalidRequest($"'{field}' must be at most {most}.", field));
        request.Sampling.Count = 1;
        var choices = new ChatRequest[count];
        Array.Fill(choices, request);
        return choices;
    }

    /// <summary>Reads the body of a question for a token count, which lacks what only an answer needs.</summary>
    public virtual ChatRequest ReadTokenCountRequest(ReadOnlyMemory<byte> body) => ReadRequest(body);

    /// <summary>
    /// Whether a client's body cannot go as it is to an upstream of the client's own format: it holds what we or another provider made (the client has
    /// changed its model in the middle), or what this upstream refuses. Bodies of ordinary clients are only searched for some bytes.
    /// </summary>
    public virtual bool MustRewrite(ReadOnlyMemory<byte> body, in UpstreamTarget target) => CarriedSignature.IsIn(body.Span) || SignatureMarks.AreIn(body.Span);

    /// <summary>Writes the body for an upstream, and names in <paramref name="ignored"/> what it cannot carry.</summary>
    public void WriteRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        ignored.NameAs(request.Format);
        var chosen = CarriesAllowedTools(request, target.Quirks) ? request : request.WithAllowedToolsOnly();
        LostDetails.Name(chosen, CarriedDetails(chosen, target.Quirks), ignored);
        try
        {
            WriteBody(chosen, target, output, ignored);
        }
        catch (BridgeException refused) when (refused.Error.Param is { } field && request.Format.FieldName(field) is var own && own != field)
        {
            // Writers know the chat dialect's names.
            throw new BridgeException(refused.Error with { Param = own, Message = refused.Message.Replace($"'{field}'", $"'{own}'", StringComparison.Ordinal) });
        }
    }

    /// <summary>Writes the body; the details that <see cref="CarriedDetails"/> leaves out are no business of it.</summary>
    private protected abstract void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored);

    /// <summary>Whether a choice among some of the tools on offer can be told; elsewhere the others are not offered.</summary>
    private protected virtual bool CarriesAllowedTools(ChatRequest request, Quirks quirks) => request.Format == this;

    /// <summary>Details of messages, parts and tools that this format has a place for.</summary>
    private protected virtual Details CarriedDetails(ChatRequest request, Quirks quirks) => Details.None;

    /// <summary>Writes the body that asks an upstream how many tokens a request has.</summary>
    public virtual void WriteTokenCountRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        WriteRequest(request, target, output, ignored);

    /// <summary>The model whose tokens are counted for another one's name.</summary>
    public virtual string TokenCountModel(string model) => model;

    /// <summary>The count that an upstream answered with; null when it is none.</summary>
    public virtual long? ReadTokenCount(ReadOnlySpan<byte> body) => TokenCountBody.Read(body, "input_tokens"u8);

    /// <summary>Writes the answer to a client that asked for a token count.</summary>
    public virtual void WriteTokenCount(long count, PooledBuffer output) => TokenCountBody.Write("{\"input_tokens\":"u8, count, output);

    /// <summary>The media type of a streamed answer.</summary>
    public virtual string StreamMediaType => "text/event-stream";

    /// <summary>A reader that finds the events of one streamed answer.</summary>
    public virtual FrameReader CreateFraming() => new SseReader();

    /// <summary>A reader for one answer of an upstream. <paramref name="keepExtras"/>: the client speaks this format too.</summary>
    public abstract UpstreamReader CreateReader(Quirks quirks, bool keepExtras);

    /// <summary>A writer for one streamed answer, whose frames go to <paramref name="output"/>.</summary>
    public abstract ClientWriter CreateWriter(PooledBuffer output, ResponseContext context);

    /// <summary>Writes a whole answer as one JSON body.</summary>
    public abstract void WriteResponse(Sinks.ResponseCollector answer, ResponseContext context, PooledBuffer output);

    /// <summary>Writes the error body of a response that is not 200.</summary>
    public abstract void WriteError(BridgeError error, PooledBuffer output);

    /// <summary>Reads an upstream's error body; what cannot be understood becomes a message that quotes nothing of it.</summary>
    public abstract BridgeError ReadError(int status, ReadOnlySpan<byte> body);

    /// <summary>
    /// A quick test for passed-through streams: true when the event surely carries a piece of content and nothing else,
    /// so that nobody need parse it to know about usage, finish or errors.
    /// </summary>
    public abstract bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <summary>What a request is written for.</summary>
/// <param name="Model">The model's name without the provider's prefix.</param>
/// <param name="Quirks">How the provider deviates.</param>
/// <param name="Stream">Whether a streamed answer is asked for.</param>
public readonly record struct UpstreamTarget(JsonString Model, Quirks Quirks, bool Stream)
{
    /// <summary>Whether the provider wants its reasoning back as it told it, without a signature.</summary>
    public bool ReplaysReasoning => (Quirks & (Quirks.ReplaysReasoningContent | Quirks.ReplaysReasoning)) != 0;

    /// <summary>Index of the first message to write, for agents that remember what came before; 0 for whoever must be told all.</summary>
    public int FirstMessage { get; init; }

    /// <summary>The betas that the client asks for (<c>anthropic-beta</c>, or <c>[1m]</c>), for formats that take them in the body.</summary>
    public IReadOnlyList<string>? Betas { get; init; }

    /// <summary>The names of reasoning efforts that the model knows, for upstreams where each has its own.</summary>
    public IReadOnlyList<string>? Efforts { get; init; }

    /// <summary>The name under which an agent was given the client's tools; null when it was not.</summary>
    public string? ToolServer { get; init; }
}

/// <summary>What a client's answer needs beyond the events.</summary>
/// <param name="Id">The id to use where the upstream gave none, without a dialect's prefix.</param>
/// <param name="Model">The model as the client named it, for upstreams that do not tell.</param>
/// <param name="Created">Unix time of the request, in seconds.</param>
/// <param name="EstimatedInputTokens">Stands in for the input count until the upstream tells it.</param>
/// <param name="IncludeUsage">Whether the client of a stream wants token counts.</param>
public sealed record ResponseContext(string Id, JsonString Model, long Created, long EstimatedInputTokens = 0, bool IncludeUsage = true)
{
    /// <summary>The client's request, for dialects whose answers repeat parts of it or name tools in another way; null when it was not read.</summary>
    public ChatRequest? Request { get; init; }

    /// <summary>How many answers the response holds, one after the other (<see cref="WireFormat.ReadRequests"/>).</summary>
    public int Answers { get; init; } = 1;

    /// <summary>Tells the time since the request came, for dialects that report it; null when nobody measures.</summary>
    public Func<TimeSpan>? Elapsed { get; init; }
}
