namespace AcpToApi.Json.Model;

/// <summary>
/// One chat request in neutral form. Strings are slices of <see cref="Body"/> wherever possible; nothing is decoded that need not be.
/// A null means "not sent", which is never the same as zero.
/// </summary>
public sealed class ChatRequest
{
    /// <summary>The client's body, which the slices below point into.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The wire format that <see cref="Body"/> is written in.</summary>
    public required WireFormat Format { get; init; }

    /// <summary>The model as the client named it.</summary>
    public JsonString Model { get; set; }

    /// <summary>Whether the client wants the answer as a stream.</summary>
    public bool Stream { get; set; }

    /// <summary>Whether the client of a stream asked for token counts (always true in dialects that always tell).</summary>
    public bool IncludeUsage { get; set; } = true;

    /// <summary>The conversation, system turns included, in the client's order.</summary>
    public List<Message> Messages { get; } = [];

    /// <summary>The tools on offer.</summary>
    public List<ToolDefinition> Tools { get; } = [];

    /// <summary>Which tool to call, if the client has a say.</summary>
    public ToolChoice? ToolChoice { get; set; }

    /// <summary>The only tools that may be called; null when all may.</summary>
    public AllowedTools? AllowedTools { get; set; }

    /// <summary>The tools on offer that may be called.</summary>
    public List<ToolDefinition> OfferedTools => AllowedTools is { } allowed ? Tools.FindAll(tool => allowed.Has(tool.Name)) : Tools;

    /// <summary>False forbids several calls in one answer.</summary>
    public bool? ParallelToolCalls { get; set; }

    /// <summary>Limits and randomness.</summary>
    public Sampling Sampling { get; private init; } = new();

    /// <summary>How much the model is to reason.</summary>
    public ReasoningRequest? Reasoning { get; set; }

    /// <summary>The form that the answer's text must take.</summary>
    public ResponseFormat? ResponseFormat { get; set; }

    /// <summary>The end user's id, for the provider's abuse detection.</summary>
    public JsonString? User { get; set; }

    /// <summary>The stored answer that this request goes on from (OpenAI Responses).</summary>
    public JsonString? PreviousResponseId { get; set; }

    /// <summary>Whether the answer is to be stored for later requests (OpenAI Responses).</summary>
    public bool? Store { get; set; }

    /// <summary>Top-level fields that the dialect's answers repeat, as raw JSON (OpenAI Responses).</summary>
    public List<ExtraField> Echo { get; } = [];

    /// <summary>Top-level fields that have no neutral meaning: carried to an upstream of the same wire format, else named in <c>x-acptoapi-ignored</c>.</summary>
    public List<ExtraField> Extras { get; } = [];

    /// <summary>Fields of messages, parts and tools that the reader had no place for, by name: no upstream gets them from here.</summary>
    public List<string> Unread { get; } = [];

    /// <summary>The same wishes for the messages from <paramref name="first"/> on.</summary>
    public ChatRequest From(int first) => first == 0 ? this : Copy(Messages[first..], Tools, Extras);

    /// <summary>The same request with the tools that may be called and no others, for upstreams that cannot be told which.</summary>
    public ChatRequest WithAllowedToolsOnly()
    {
        if (AllowedTools is not { } allowed) return this;
        var only = Copy(Messages, OfferedTools, Extras.FindAll(extra => extra.Name != allowed.Field));
        (only.ToolChoice, only.AllowedTools) = (new ToolChoice(allowed.Kind), null);
        return only;
    }

    ChatRequest Copy(IEnumerable<Message> messages, IEnumerable<ToolDefinition> tools, List<ExtraField> extras)
    {
        var copy = new ChatRequest
        {
            Body = Body,
            Format = Format,
            Model = Model,
            Stream = Stream,
            IncludeUsage = IncludeUsage,
            ToolChoice = ToolChoice,
            AllowedTools = AllowedTools,
            ParallelToolCalls = ParallelToolCalls,
            Sampling = Sampling,
            Reasoning = Reasoning,
            ResponseFormat = ResponseFormat,
            User = User,
            PreviousResponseId = PreviousResponseId,
            Store = Store,
        };
        copy.Messages.AddRange(messages);
        copy.Tools.AddRange(tools);
        copy.Extras.AddRange(extras);
        copy.Echo.AddRange(Echo);
        copy.Unread.AddRange(Unread);
        return copy;
    }

    /// <summary>The same wishes for another conversation, which is one text of the user.</summary>
    public ChatRequest About(JsonString text)
    {
        var other = new ChatRequest { Body = Body, Format = Format, Model = Model, Stream = Stream, IncludeUsage = IncludeUsage, User = User, Sampling = Sampling };
        other.Extras.AddRange(Extras);
        other.Unread.AddRange(Unread);
        other.Messages.Add(Message.Of(Role.User, text));
        return other;
    }
}

/// <summary>A field without neutral meaning: its name and its raw JSON value.</summary>
public readonly record struct ExtraField(string Name, ReadOnlyMemory<byte> Json);
