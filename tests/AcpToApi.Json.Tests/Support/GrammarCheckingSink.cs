using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Json.Tests.Support;

/// <summary>Fails the test when events come in an order that <see cref="IEventSink"/> does not allow.</summary>
sealed class GrammarCheckingSink(IEventSink next) : ForwardingSink(next)
{
    bool _started;
    bool _ended;
    int? _openCall;
    int _calls;

    public bool Ended => _ended;

    public override void Start(in ResponseStart start)
    {
        Demand(!_started, "Start comes once");
        Demand(!_ended, "nothing follows the end");
        _started = true;
        base.Start(start);
    }

    public override void Text(JsonText text)
    {
        Content("Text");
        base.Text(text);
    }

    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        Content("Logprobs");
        base.Logprobs(tokens);
    }

    public override void Reasoning(JsonText text)
    {
        Content("Reasoning");
        base.Reasoning(text);
    }

    public override void ReasoningSignature(JsonText signature)
    {
        Content("ReasoningSignature");
        base.ReasoningSignature(signature);
    }

    public override void RedactedReasoning(JsonText data)
    {
        Content("RedactedReasoning");
        base.RedactedReasoning(data);
    }

    public override void Refusal(JsonText text)
    {
        Content("Refusal");
        base.Refusal(text);
    }

    public override void Citation(in Citation citation)
    {
        Content("Citation");
        base.Citation(citation);
    }

    public override void Media(JsonText mediaType, JsonText data)
    {
        Content("Media");
        base.Media(mediaType, data);
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        Content("ToolCallStart");
        Demand(index == _calls, $"call {index} starts as number {_calls}");
        _calls++;
        _openCall = index;
        base.ToolCallStart(index, id, name);
    }

    public override void ToolCallArguments(int index, JsonText fragment)
    {
        Demand(_openCall == index, $"arguments of call {index} while {_openCall} is open");
        base.ToolCallArguments(index, fragment);
    }

    public override void ToolCallEnd(int index)
    {
        Demand(_openCall == index, $"end of call {index} while {_openCall} is open");
        _openCall = null;
        base.ToolCallEnd(index);
    }

    public override void Usage(in TokenUsage usage)
    {
        Demand(_started && !_ended, "Usage stands between Start and the end");
        base.Usage(usage);
    }

    public override void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        Content("Extra");
        base.Extra(scope, name, json);
    }

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        Content("Finish");
        _ended = true;
        base.Finish(reason, stopSequence);
    }

    public override void Error(BridgeError error)
    {
        Demand(!_ended, "one end");
        _ended = true;
        base.Error(error);
    }

    void Content(string what)
    {
        Demand(_started && !_ended, $"{what} stands between Start and the end");
        Demand(_openCall is null, $"{what} inside call {_openCall}");
    }

    static void Demand(bool holds, string rule) => Assert.True(holds, "Event grammar: " + rule);
}
