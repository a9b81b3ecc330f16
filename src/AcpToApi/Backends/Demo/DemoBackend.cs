using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Backends.Demo;

/// <summary>Answers without any provider, always the same for the same request, so that a first try and a client's tests need no key.</summary>
sealed class DemoBackend(TimeProvider clock) : IBackend
{
    public async Task RunAsync(ChatTurn turn, CancellationToken cancel)
    {
        var script = DemoScript.Of(turn.Request);
        var response = turn.Response;
        if (script.Error is { } error && !script.FailsMidway)
        {
            await response.FailAsync(error);
            return;
        }
        response.Sink.Start(new ResponseStart(default, turn.Head.Model.Text));
        await PiecesAsync(response, script.Reasoning, script, static (sink, piece) => sink.Reasoning(piece), cancel);
        var text = script.FailsMidway ? script.Text[..(script.Text.Length / 2)] : script.Text;
        await PiecesAsync(response, text, script, static (sink, piece) => sink.Text(piece), cancel);
        if (script.FailsMidway) response.Sink.Error(script.Error!);
        else
        {
            for (var i = 0; i < script.Calls.Count; i++) await CallAsync(response, i, script, cancel);
            response.Sink.Usage(Count(turn.Request, script));
            response.Sink.Finish(script.Stop ?? (script.Calls.Count > 0 ? StopReason.ToolCalls : StopReason.EndTurn), default);
        }
        await response.CompleteAsync(cancel);
    }

    async Task CallAsync(ClientResponse response, int index, DemoScript script, CancellationToken cancel)
    {
        var (name, arguments) = script.Calls[index];
        response.Sink.ToolCallStart(index, JsonText.Plain(Encoding.UTF8.GetBytes($"call_demo_{index}")), JsonText.Plain(Encoding.UTF8.GetBytes(name)));
        await PiecesAsync(response, arguments, script, (sink, piece) => sink.ToolCallArguments(index, piece), cancel);
        response.Sink.ToolCallEnd(index);
    }

    delegate void Say(IEventSink sink, JsonText piece);

    // Word by word, as models stream; a pause only where somebody watches.
    async Task PiecesAsync(ClientResponse response, string text, DemoScript script, Say say, CancellationToken cancel)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start + 1);
            if (end < 0) end = text.Length;
            say(response.Sink, JsonText.Plain(Encoding.UTF8.GetBytes(text[start..end])));
            start = end;
            if (!response.IsStream) continue;
            await response.FlushAsync(cancel);
            await Task.Delay(script.Delay, clock, cancel);
        }
    }

    static TokenUsage Count(ChatRequest request, DemoScript script)
    {
        long Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var reasoning = Words(script.Reasoning);
        return new TokenUsage(TokenEstimate.Of(request, request.Model.ToString()), Math.Max(1, reasoning + Words(script.Text) + script.Calls.Sum(call => Words(call.Arguments))), Reasoning: reasoning);
    }
}
