using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>Collects a stream into one whole answer, for clients that did not ask for a stream.</summary>
public sealed class ResponseCollector : IEventSink, IDisposable
{
    readonly List<AnswerBlock> _blocks = [];
    readonly List<(ExtraScope Scope, ExtraField Field)> _extras = [];

    /// <summary>The answer before this one, where the response holds several; null for the first.</summary>
    public ResponseCollector? Earlier { get; init; }

    /// <summary>The upstream's id; empty when it gave none.</summary>
    public JsonString Id { get; private set; }

    /// <summary>The model that answered; empty when the upstream did not tell.</summary>
    public JsonString Model { get; private set; }

    /// <summary>The answer's pieces, in order; neighbouring text is one piece.</summary>
    public IReadOnlyList<AnswerBlock> Blocks => _blocks;

    /// <summary>Fields of the writer's own wire format.</summary>
    public IReadOnlyList<(ExtraScope Scope, ExtraField Field)> Extras => _extras;

    /// <summary>Token counts; null when the upstream told none.</summary>
    public TokenUsage? Counts { get; private set; }

    /// <summary>Why the answer ended; null until it has.</summary>
    public StopReason? Finished { get; private set; }

    /// <summary>The stop sequence that was hit; null if none or not known.</summary>
    public JsonString? StopSequence { get; private set; }

    /// <summary>How the answer failed; null when it has not.</summary>
    public BridgeError? Failure { get; private set; }

    /// <inheritdoc/>
    public void Start(in ResponseStart start)
    {
        Id = start.Id.Keep();
        Model = start.Model.Keep();
        Counts = start.Usage;
    }

    /// <inheritdoc/>
    public void Text(JsonText text) => text.WriteEscaped(Block(AnswerBlockKind.Text).Content);

    /// <inheritdoc/>
    public void Logprobs(ReadOnlySpan<byte> tokens)
    {
        var kept = Block(AnswerBlockKind.Text).Logprobs;
        if (kept.Length > 0) kept.Write((byte)',');
        kept.Write(tokens);
    }

    /// <inheritdoc/>
    public void Reasoning(JsonText text)
    {
        // What comes after a signature is another block of reasoning.
        var block = Block(AnswerBlockKind.Reasoning);
        if (block.Signature is not null) block = NewBlock(AnswerBlockKind.Reasoning);
        text.WriteEscaped(block.Content);
    }

    /// <inheritdoc/>
    public void ReasoningSignature(JsonText signature) => Block(AnswerBlockKind.Reasoning).Signature = signature.Keep();

    /// <inheritdoc/>
    public void RedactedReasoning(JsonText data) => data.WriteEscaped(NewBlock(AnswerBlockKind.RedactedReasoning).Content);

    /// <inheritdoc/>
    public void Refusal(JsonText text) => text.WriteEscaped(Block(AnswerBlockKind.Refusal).Content);

    /// <inheritdoc/>
    public void Citation(in Citation citation) => Block(AnswerBlockKind.Text).Citations.Add(citation.Keep());

    /// <inheritdoc/>
    public void Media(JsonText mediaType, JsonText data)
    {
        var block = NewBlock(AnswerBlockKind.Media);
        block.MediaType = mediaType.Keep();
        data.WriteEscaped(block.Content);
    }

    /// <inheritdoc/>
    public void ToolCallStart(int index, JsonText id, JsonText name)
    {
        var block = NewBlock(AnswerBlockKind.ToolCall);
        block.Id = id.Keep();
        block.Name = name.Keep();
    }

    /// <inheritdoc/>
    public void ToolCallArguments(int index, JsonText fragment) => fragment.WriteEscaped(_blocks[^1].Content);

    /// <inheritdoc/>
    public void ToolCallEnd(int index) { }

    /// <inheritdoc/>
    public void Usage(in TokenUsage usage) => Counts = usage;

    /// <inheritdoc/>
    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) =>
        _extras.Add((scope, new ExtraField(System.Text.Encoding.UTF8.GetString(name), json.ToArray())));

    /// <inheritdoc/>
    public void Finish(StopReason reason, JsonText stopSequence)
    {
        Finished = reason;
        StopSequence = stopSequence.IsEmpty ? null : stopSequence.Keep();
    }

    /// <inheritdoc/>
    public void Error(BridgeError error) => Failure = error;

    /// <summary>Appends the tokens of all text, as the elements of one JSON array.</summary>
    public void JoinLogprobs(PooledBuffer tokens)
    {
        foreach (var block in _blocks)
        {
            if (block.Logprobs.Length == 0) continue;
            if (tokens.Length > 0) tokens.Write((byte)',');
            tokens.Write(block.Logprobs.Written);
        }
    }

    /// <summary>Appends the fields of the writer's own wire format that stood in a place. A streamed upstream repeats some in every chunk; the last value counts.</summary>
    public void WriteExtras(ExtraScope scope, PooledBuffer output)
    {
        var last = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var (fieldScope, field) in _extras)
        {
            if (fieldScope == scope) last[field.Name] = field.Json;
        }
        foreach (var (name, json) in last)
        {
            output.Write(",\""u8);
            output.Write(System.Text.Encoding.UTF8.GetBytes(name)); // as it stood, still escaped
            output.Write("\":"u8);
            output.Write(json.Span);
        }
    }

    /// <summary>All answers that the response holds, the first on top.</summary>
    public Stack<ResponseCollector> All()
    {
        var answers = new Stack<ResponseCollector>();
        for (var each = this; each is not null; each = each.Earlier) answers.Push(each);
        return answers;
    }

    /// <summary>Names in <paramref name="ignored"/> what a dialect's answers have no place for.</summary>
    public void NameLost(WireFormat dialect, IgnoredFields ignored)
    {
        foreach (var block in _blocks)
        {
            ignored.AddIf(block.Citations.Count > 0 && !dialect.CarriesSources, "the answer's citations");
            ignored.AddIf(block.Kind == AnswerBlockKind.Media && !dialect.CarriesPictures, "the answer's images");
        }
        Earlier?.NameLost(dialect, ignored);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            block.Content.Dispose();
            block.Logprobs.Dispose();
        }
        _blocks.Clear();
        Earlier?.Dispose();
    }

    AnswerBlock Block(AnswerBlockKind kind) => _blocks.Count > 0 && _blocks[^1].Kind == kind ? _blocks[^1] : NewBlock(kind);

    AnswerBlock NewBlock(AnswerBlockKind kind)
    {
        var block = new AnswerBlock(kind);
        _blocks.Add(block);
        return block;
    }
}

/// <summary>A piece of a whole answer.</summary>
public sealed class AnswerBlock(AnswerBlockKind kind)
{
    /// <summary>What it is.</summary>
    public AnswerBlockKind Kind { get; } = kind;

    /// <summary>Text, reasoning, refusal, redacted data, base64 or a call's arguments, escaped as the inside of a JSON string.</summary>
    public PooledBuffer Content { get; } = new();

    /// <summary>The signature over reasoning, if any.</summary>
    public JsonString? Signature { get; set; }

    /// <summary>How likely the tokens of text were, as the elements of a JSON array.</summary>
    public PooledBuffer Logprobs { get; } = new();

    /// <summary>The sources of text.</summary>
    public List<KeptCitation> Citations { get; } = [];

    /// <summary>The media type of a picture or sound.</summary>
    public JsonString MediaType { get; set; }

    /// <summary>The id of a tool call.</summary>
    public JsonString Id { get; set; }

    /// <summary>The name of a tool call.</summary>
    public JsonString Name { get; set; }
}

/// <summary>What a piece of an answer is.</summary>
public enum AnswerBlockKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Reasoning.</summary>
    Reasoning,

    /// <summary>Encrypted reasoning.</summary>
    RedactedReasoning,

    /// <summary>A refusal's explanation.</summary>
    Refusal,

    /// <summary>A picture or sound.</summary>
    Media,

    /// <summary>A tool call.</summary>
    ToolCall,
}
