using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>Watches a stream for what logs, metrics and headers want: token counts, whether content has come, what was lost, how it ended.</summary>
public sealed class UsageTap(IEventSink next) : ForwardingSink(next)
{
    // Names are the provider's; a header has an end.
    const int MostLost = 16;

    List<string>? _lost;
    int _told;

    /// <summary>The last counts that were told.</summary>
    public TokenUsage Counts { get; private set; }

    /// <summary>Whether the answer has begun.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Whether any content (text, reasoning, a call) has come.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Why the answer ended; null while it has not, or when it failed.</summary>
    public StopReason? Finished { get; private set; }

    /// <summary>How the answer failed; null when it has not.</summary>
    public BridgeError? Failure { get; private set; }

    /// <summary>What the client has not got since this was last asked; null when nothing.</summary>
    public IgnoredFields? TakeLost()
    {
        if (_lost is null || _told == _lost.Count) return null;
        var news = new IgnoredFields();
        while (_told < _lost.Count) news.Add(_lost[_told++]);
        return news;
    }

    /// <summary>Notes that content has passed which nobody parsed.</summary>
    public void MarkContent() => HasContent = true;

    /// <inheritdoc/>
    public override void Start(in ResponseStart start)
    {
        HasStarted = true;
        if (start.Usage is { } usage) Counts = usage;
        base.Start(start);
    }

    /// <inheritdoc/>
    public override void Text(JsonText text)
    {
        HasContent = true;
        base.Text(text);
    }

    /// <inheritdoc/>
    public override void Reasoning(JsonText text)
    {
        HasContent = true;
        base.Reasoning(text);
    }

    /// <inheritdoc/>
    public override void RedactedReasoning(JsonText data)
    {
        HasContent = true;
        base.RedactedReasoning(data);
    }

    /// <inheritdoc/>
    public override void Refusal(JsonText text)
    {
        HasContent = true;
        base.Refusal(text);
    }

    /// <inheritdoc/>
    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        HasContent = true;
        // Too long for the id, so that its provider will not get it back.
        if (CarriedSignature.WasDropped(id)) Lose("thoughtSignature");
        base.ToolCallStart(index, id, name);
    }

    /// <inheritdoc/>
    public override void Usage(in TokenUsage usage)
    {
        Counts = usage;
        base.Usage(usage);
    }

    /// <inheritdoc/>
    public override void Lost(JsonText name)
    {
        Lose("the answer's " + name.ToString());
        base.Lost(name);
    }

    /// <inheritdoc/>
    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        Finished = reason;
        base.Finish(reason, stopSequence);
    }

    /// <inheritdoc/>
    public override void Error(BridgeError error)
    {
        Failure = error;
        base.Error(error);
    }

    void Lose(string name)
    {
        _lost ??= [];
        if (_lost.Count < MostLost && !_lost.Contains(name)) _lost.Add(name);
    }
}
