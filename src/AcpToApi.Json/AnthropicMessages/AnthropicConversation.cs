using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// The conversation in the order that Anthropic demands: it begins with the user, speakers alternate, thinking leads an assistant turn, and the
/// results of all its calls lead the next user turn. Clients of other dialects may send them in any order, doubly, or not at all.
/// </summary>
sealed class AnthropicConversation
{
    const int MaxIdLength = 64;

    readonly IgnoredFields _ignored;
    readonly bool _keepsOrder;
    readonly bool _sameFormat;
    readonly bool _keepsUnsigned;
    readonly HashSet<string> _ids = [];

    AnthropicConversation(ChatRequest request, WireFormat target, bool keepsUnsigned, IgnoredFields ignored)
    {
        _ignored = ignored;
        // Thinking between calls is signed where it stands.
        _keepsOrder = request.Format == WireFormat.AnthropicMessages;
        _sameFormat = _keepsOrder && target == request.Format;
        _keepsUnsigned = _sameFormat && keepsUnsigned;
    }

    /// <summary>The instructions before the first turn.</summary>
    public List<Part> System { get; } = [];

    /// <summary>The turns.</summary>
    public List<AnthropicTurn> Turns { get; } = [];

    /// <summary>
    /// Orders a request's messages for <paramref name="target"/> (Anthropic's own format, or one that Anthropic's models stand behind); what cannot
    /// be carried is named in <paramref name="ignored"/>. <paramref name="keepsUnsigned"/>: the provider takes thinking that nobody signed.
    /// </summary>
    public static AnthropicConversation Of(ChatRequest request, WireFormat target, IgnoredFields ignored, bool keepsUnsigned = false)
    {
        var conversation = new AnthropicConversation(request, target, keepsUnsigned, ignored);
        foreach (var message in request.Messages) conversation.Add(message);
        // Calls at the very end want their results as well.
        if (conversation.Turns is [.., { Calls.Count: > 0 }]) conversation.Turn(Role.User);
        if (conversation.Turns is [.., { Role: Role.Assistant, Parts: [.., TextPart begun] } last])
        {
            last.Parts[^1] = new TextPart(AnthropicText.TrimEnd(begun.Text)) { CacheControl = begun.CacheControl };
        }
        if (conversation.Turns is not [{ Role: Role.User }, ..]) conversation.Turns.Insert(0, new AnthropicTurn(Role.User));
        return conversation;
    }

    void Add(Message message)
    {
        foreach (var part in message.Parts)
        {
            if (part is ToolResultPart result) AddResult(result);
            else if (IsSendable(part)) Add(message.Role, part);
        }
    }

    void Add(Role role, Part part)
    {
        if (role == Role.System)
        {
            AddInstruction(part);
            return;
        }
        if (role != Role.Assistant)
        {
            Turn(Role.User).Parts.Add(part);
            return;
        }
        var turn = AssistantTurn();
        if (part is ToolCallPart call)
        {
            turn.Parts.Add(part);
            turn.Calls.Add(new AnthropicCall(call, UniqueId(call.Id)));
        }
        else if (part is ReasoningPart or RedactedReasoningPart && !_keepsOrder) turn.Parts.Insert(turn.LeadingReasoning++, part);
        else turn.Parts.Add(part);
    }

    // Only Anthropic's own clients know that a model takes instructions in the middle; from elsewhere they become marked text of the user's,
    // since moving them to the front would change what they refer to.
    void AddInstruction(Part part)
    {
        if (Turns.Count == 0)
        {
            if (part is TextPart) System.Add(part);
            else _ignored.Add("messages[].content");
        }
        else if (_sameFormat) Turn(Role.System).Parts.Add(part);
        else
        {
            var turn = Turn(Role.User);
            turn.Instructions.Add(part);
            turn.Parts.Add(part);
        }
    }

    AnthropicTurn Turn(Role role)
    {
        if (Turns.Count > 0 && Turns[^1] is var last && last.Role == role && !(role == Role.Assistant && last.Calls.Count > 0)) return last;
        // The results come right after their calls, whatever else comes next.
        if (Turns.Count > 0 && Turns[^1].Calls.Count > 0)
        {
            Turns.Add(new AnthropicTurn(Role.User) { Answers = Turns[^1].Calls });
            if (role == Role.User) return Turns[^1];
        }
        Turns.Add(new AnthropicTurn(role));
        return Turns[^1];
    }

    // Calls of one turn may come as several assistant messages (OpenAI Responses items): they are one turn as long as nothing stands between.
    AnthropicTurn AssistantTurn() => Turns is [.., { Role: Role.Assistant } last] && !last.IsAnswered ? last : Turn(Role.Assistant);

    void AddResult(ToolResultPart result)
    {
        if (FindCall(result.CallId) is { } call)
        {
            call.Result = result;
            foreach (var part in result.Content) _ignored.AddIf(part is OpaquePart && !_sameFormat, "content." + (part as OpaquePart)?.Name);
            return;
        }
        // A result without its call (the client cut the history): still worth reading, but no longer as a result.
        foreach (var part in result.Content)
        {
            if (IsSendable(part)) Turn(Role.User).Parts.Add(part);
        }
    }

    // The latest call that waits for a result: some providers count their ids from 0 in every turn.
    AnthropicCall? FindCall(JsonString id)
    {
        for (var turn = Turns.Count - 1; turn >= 0; turn--)
        {
            foreach (var call in Turns[turn].Calls)
            {
                if (call.Result is null && SameText(call.Part.Id, id)) return call;
            }
        }
        return null;
    }

    static bool SameText(JsonString one, JsonString other) =>
        one.IsEscaped == other.IsEscaped && one.Bytes.Span.SequenceEqual(other.Bytes.Span) || one.ToString() == other.ToString();

    // Anthropic refuses a conversation that uses an id twice.
    JsonString UniqueId(JsonString id)
    {
        id = CarriedSignature.Strip(id);
        var fitted = ToolNames.Fit(id, MaxIdLength);
        for (var number = 2; !_ids.Add(fitted.ToString()); number++) fitted = ToolNames.Fit(JsonString.Of($"{id}_{number}"), MaxIdLength);
        return fitted;
    }

    bool IsSendable(Part part)
    {
        switch (part)
        {
            case TextPart text:
                return !AnthropicText.IsBlank(text.Text);
            case ReasoningPart reasoning:
                return reasoning.Signature is null ? _keepsUnsigned : IsGenuine(reasoning.Signature);
            case RedactedReasoningPart redacted:
                return IsGenuine(redacted.Data);
            case OpaquePart opaque:
                _ignored.AddIf(!_sameFormat, "content." + opaque.Name);
                return _sameFormat;
            default:
                return true;
        }
    }

    // Only what Anthropic signed is taken back, and a foreign signature fails the whole request. Its signatures are base64; the other is what
    // Gemini's own client sends where it has none.
    static bool IsGenuine(JsonString? signature) =>
        signature is { IsEmpty: false } known && known.Bytes.Span.IndexOfAnyExcept(AnthropicText.Base64) < 0
        && !known.Text.Is("skip_thought_signature_validator"u8);
}

/// <summary>One turn as it is sent.</summary>
sealed class AnthropicTurn(Role role)
{
    /// <summary>User, assistant, or (only for Anthropic's own clients) system.</summary>
    public Role Role { get; } = role;

    /// <summary>What is said, without tool results.</summary>
    public List<Part> Parts { get; } = [];

    /// <summary>Parts of a user turn that were instructions.</summary>
    public List<Part> Instructions { get; } = [];

    /// <summary>Number of reasoning parts at the front.</summary>
    public int LeadingReasoning { get; set; }

    /// <summary>The calls of an assistant turn.</summary>
    public List<AnthropicCall> Calls { get; } = [];

    /// <summary>The calls whose results lead this user turn.</summary>
    public List<AnthropicCall> Answers { get; init; } = [];

    /// <summary>Whether any call has its result.</summary>
    public bool IsAnswered => Calls.Exists(call => call.Result is not null);
}

/// <summary>A call, the id it is sent with, and its result.</summary>
sealed class AnthropicCall(ToolCallPart part, JsonString id)
{
    /// <summary>The call.</summary>
    public ToolCallPart Part { get; } = part;

    /// <summary>The id as Anthropic takes it.</summary>
    public JsonString Id { get; } = id;

    /// <summary>The result; null when the client sent none.</summary>
    public ToolResultPart? Result { get; set; }
}
