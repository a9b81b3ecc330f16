using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// The conversation in the order that Gemini demands: user and model alternate, the user begins, and the results of all calls of a turn stand in
/// the next one, as many as there were calls. Clients of other dialects may send them in any order, doubly, or not at all.
/// </summary>
sealed class GeminiConversation
{
    readonly ChatRequest _request;
    readonly IgnoredFields _ignored;
    readonly bool _sameFormat;

    GeminiConversation(ChatRequest request, IgnoredFields ignored)
    {
        _request = request;
        _ignored = ignored;
        _sameFormat = request.Format is GeminiFormat;
    }

    /// <summary>The instructions before the first turn.</summary>
    public List<TextPart> System { get; } = [];

    /// <summary>The turns.</summary>
    public List<GeminiTurn> Turns { get; } = [];

    /// <summary>Orders a request's messages; what cannot be carried is named in <paramref name="ignored"/>.</summary>
    public static GeminiConversation Of(ChatRequest request, IgnoredFields ignored)
    {
        var conversation = new GeminiConversation(request, ignored);
        foreach (var message in request.Messages) conversation.Add(message);
        // Calls at the very end want their results as well.
        if (conversation.Turns is [.., { Calls.Count: > 0 }]) conversation.Turn(isModel: false);
        var first = conversation.Turns is [var turn, ..] ? turn : null;
        if (first is null || (first.IsModel && !conversation._sameFormat)) conversation.Turns.Insert(0, new GeminiTurn(IsModel: false));
        return conversation;
    }

    void Add(Message message)
    {
        foreach (var part in message.Parts)
        {
            if (part is ToolResultPart result) AddResult(result);
            else if (message.Role == Role.System) AddInstruction(part);
            else if (IsSendable(part)) Add(part, message.Role == Role.Assistant);
        }
    }

    void Add(Part part, bool isModel)
    {
        var turn = isModel ? ModelTurn() : Turn(isModel: false);
        turn.Parts.Add(part);
        if (part is ToolCallPart call) turn.Calls.Add(new GeminiAnsweredCall(call));
    }

    // No model of Google's takes instructions in the middle: they become marked text of the user's, since moving them to the front would change
    // what they refer to.
    void AddInstruction(Part part)
    {
        if (part is not TextPart text) _ignored.Add("messages[].content");
        else if (BillingHeader.Without(text) is not { Text.IsEmpty: false } kept) return;
        else if (Turns.Count == 0) System.Add(kept);
        else
        {
            var turn = Turn(isModel: false);
            turn.Instructions.Add(kept);
            turn.Parts.Add(kept);
        }
    }

    GeminiTurn Turn(bool isModel)
    {
        var last = Turns.Count > 0 ? Turns[^1] : null;
        if (last is not null && last.IsModel == isModel && !(isModel && last.Calls.Count > 0)) return last;
        // The results come right after their calls, whatever else comes next.
        if (last is { Calls.Count: > 0 })
        {
            Turns.Add(new GeminiTurn(IsModel: false) { Answers = last.Calls });
            if (!isModel) return Turns[^1];
        }
        Turns.Add(new GeminiTurn(isModel));
        return Turns[^1];
    }

    // Calls of one turn may come as several messages: they are one turn as long as nothing stands between.
    GeminiTurn ModelTurn() => Turns is [.., { IsModel: true } last] && !last.Calls.Exists(call => call.Result is not null) ? last : Turn(isModel: true);

    void AddResult(ToolResultPart result)
    {
        if (FindCall(result.CallId) is { } call)
        {
            call.Result = result;
            return;
        }
        // A result without its call (the client cut the history): still worth reading, but no longer as a result.
        var turn = Turn(isModel: false);
        turn.Parts.Add(new TextPart(JsonString.Of($"Result of the tool call {CarriedSignature.Strip(result.CallId)}:")));
        foreach (var part in result.Content)
        {
            if (IsSendable(part)) turn.Parts.Add(part);
        }
    }

    // The latest call that waits for a result: some providers count their ids from 0 in every turn.
    GeminiAnsweredCall? FindCall(JsonString id)
    {
        var wanted = id.ToString();
        for (var turn = Turns.Count - 1; turn >= 0; turn--)
        {
            foreach (var call in Turns[turn].Calls)
            {
                if (call.Result is null && call.Part.Id.ToString() == wanted) return call;
            }
        }
        return null;
    }

    // Reasoning is its maker's: none of another provider is sent, signed or not.
    bool IsSendable(Part part)
    {
        switch (part)
        {
            case TextPart text:
                return !text.Text.IsEmpty || (text.Signature is not null && _sameFormat);
            case ReasoningPart reasoning:
                return _sameFormat && reasoning.Signature is null && !reasoning.Text.IsEmpty;
            case RedactedReasoningPart:
                return false;
            case OpaquePart opaque:
                _ignored.AddIf(!_sameFormat, "content." + opaque.Name);
                return _sameFormat;
            default:
                return true;
        }
    }
}

/// <summary>One turn as it is sent.</summary>
sealed record GeminiTurn(bool IsModel)
{
    /// <summary>What is said, without tool results.</summary>
    public List<Part> Parts { get; } = [];

    /// <summary>Parts of a user turn that were instructions.</summary>
    public List<Part> Instructions { get; } = [];

    /// <summary>The calls of a model's turn.</summary>
    public List<GeminiAnsweredCall> Calls { get; } = [];

    /// <summary>The calls whose results lead this user turn.</summary>
    public List<GeminiAnsweredCall> Answers { get; init; } = [];
}

/// <summary>A call and its result.</summary>
sealed class GeminiAnsweredCall(ToolCallPart part)
{
    /// <summary>The call.</summary>
    public ToolCallPart Part { get; } = part;

    /// <summary>The result; null when the client sent none.</summary>
    public ToolResultPart? Result { get; set; }
}
