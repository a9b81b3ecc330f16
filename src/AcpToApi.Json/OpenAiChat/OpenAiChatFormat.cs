using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

class OpenAiChatFormat : WireFormat
{
    /// <summary>The most choices that OpenAI makes; each is a request of its own to other providers.</summary>
    public const int MostChoices = 128;

    /// <summary>The most stop sequences that OpenAI takes, and some of those who are compatible.</summary>
    public const int MostStops = 4;

    public override string Name => "chat";

    public override int MaxToolNameLength => 64;

    public override bool CarriesReasoningSignatures => false;

    public override int MostStopSequences(JsonString model) => new OpenAiModel(model).Reasons ? 0 : MostStops;

    public override string FieldName(string name) => name is "reasoning.effort" ? "reasoning_effort" : name;

    public override bool TryRelax(ChatRequest request, BridgeError refusal, IgnoredFields ignored) =>
        TryDropReasoning(request, refusal, "reasoning_effort", ignored) || TryDropReasoning(request, refusal, "thinking", ignored);

    public override RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body, orInput: true);

    public override WireFormat DialectOf(in RequestHead head) => head.HasInputOnly ? OpenAiChatInput : this;

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => new OpenAiChatRequestReader(this, body).Read();

    public override IReadOnlyList<ChatRequest> ReadRequests(ReadOnlyMemory<byte> body) => EachChoice(ReadRequest(body), MostChoices);

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.ImageDetail | Details.FileName | Details.Strict | Details.FormatDescription
        | (NamesParticipants(quirks) ? Details.Participant : Details.None)
        | ((quirks & Quirks.CacheControl) != 0 ? Details.CacheControl : Details.None)
        | (KeepsCustomTools(request, quirks) ? Details.ToolFormat : Details.None);

    /// <summary>Whether messages tell the name of who speaks; several of one role may be one message where the order of roles is strict.</summary>
    public static bool NamesParticipants(Quirks quirks) => (quirks & (Quirks.NoOpenAiFields | Quirks.StrictRoles)) == 0;

    public override bool MustRewrite(ReadOnlyMemory<byte> body, in UpstreamTarget target) =>
        IsRefused(body.Span, target.Quirks) || base.MustRewrite(body, target) || OpenAiChatMixture.IsIn(body.Span);

    // Some providers refuse what nearly every client sends, others a few words.
    static bool IsRefused(ReadOnlySpan<byte> body, Quirks quirks)
    {
        const Quirks RefuseFields = Quirks.NoStreamOptions | Quirks.NoReasoningEffort | Quirks.NoParallelToolCalls | Quirks.ShortToolCallIds | Quirks.ToolChoiceAny | Quirks.RandomSeed
            | Quirks.DocumentUrls | Quirks.NoOpenAiFields | Quirks.StrictRoles | Quirks.MarksPrefill | Quirks.NarrowTemperature;
        // Our own name for reasoning, which clients send again.
        return (quirks & RefuseFields) != 0 || ((quirks & Quirks.ReplaysReasoning) != 0 && body.IndexOf("\"reasoning_content\""u8) >= 0)
            || ((quirks & Quirks.JsonObjectOnly) != 0 && body.IndexOf("\"json_schema\""u8) >= 0);
    }

    // Who has other words for a choice of tools does not know this one either (Mistral).
    private protected override bool CarriesAllowedTools(ChatRequest request, Quirks quirks) => request.Format == this && (quirks & Quirks.ToolChoiceAny) == 0;

    /// <summary>Whether tools that take free text go up as such: only OpenAI knows them, elsewhere they are functions.</summary>
    public static bool KeepsCustomTools(ChatRequest request, Quirks quirks) => request.Format == OpenAiChat && (quirks & Quirks.MaxCompletionTokens) != 0;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new OpenAiChatRequestWriter(request, target, output, ignored).Write();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new OpenAiChatStreamReader(quirks, keepExtras);

    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new OpenAiChatStreamWriter(output, context);

    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) =>
        OpenAiChatResponseWriter.Write(answer, context, output);

    public override void WriteError(BridgeError error, PooledBuffer output) => OpenAiChatErrors.Write(error, output);

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => OpenAiChatErrors.Read(status, body);

    // A quotation mark inside a JSON string is escaped, so none of these patterns can match inside a piece of text.
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (!eventName.IsEmpty || (data.IndexOf("\"delta\":{\"content\":\""u8) < 0 && data.IndexOf("\"delta\":{\"reasoning_content\":\""u8) < 0)) return false;
        return OnlyNull(data, "\"finish_reason\""u8) && OnlyNull(data, "\"usage\""u8) && data.IndexOf("\"error\""u8) < 0 && data.IndexOf("\"x_groq\""u8) < 0;
    }

    /// <summary>Whether a field is null wherever it stands.</summary>
    protected static bool OnlyNull(ReadOnlySpan<byte> data, ReadOnlySpan<byte> quotedName)
    {
        for (var at = data.IndexOf(quotedName); at >= 0; at = data.IndexOf(quotedName))
        {
            data = data[(at + quotedName.Length)..];
            if (!data.StartsWith(":null"u8)) return false;
        }
        return true;
    }
}
