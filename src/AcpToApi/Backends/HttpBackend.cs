using System.Net;
using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>Every provider that is reached over HTTP: passes through where both sides speak the same wire format, translates where not.</summary>
sealed class HttpBackend(UpstreamCall call, UpstreamRequests requests, ServerOptions options) : IBackend
{
    public async Task RunAsync(ChatTurn turn, CancellationToken cancel)
    {
        var native = turn.Route.FormFor(turn.Dialect);
        using var body = new PooledBuffer();
        var ignored = new IgnoredFields();
        WriteBody(turn, native, body, ignored);
        if (turn.IsFirst) turn.Response.Ignore(ignored);
        await using var heartbeat = new Heartbeat(turn.Response, options, cancel);
        if (await AskAsync(turn, native, body, heartbeat, isFirst: true, cancel)) return;
        body.Clear();
        WriteBody(turn, native, body, new IgnoredFields());
        await AskAsync(turn, native, body, heartbeat, isFirst: false, cancel);
    }

    // False when nothing has been answered yet, and the request can be sent once more without what was refused.
    async Task<bool> AskAsync(ChatTurn turn, NativeFormat native, PooledBuffer body, Heartbeat heartbeat, bool isFirst, CancellationToken cancel)
    {
        using var request = requests.Create(turn, native, body.WrittenMemory);
        var (answer, failure) = await call.SendAsync(request, turn.Route.Provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is null)
        {
            using var entered = await turn.Response.EnterAsync(cancel);
            await turn.Response.FailAsync(failure!);
            return true;
        }
        heartbeat.Limit(options.StreamIdleTimeout);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        if (answer.StatusCode != HttpStatusCode.OK) return await FailAsync(turn, native.Format, answer, content, heartbeat, isFirst, cancel);
        using (await turn.Response.EnterAsync(cancel)) ForwardedHeaders.Copy(answer, turn.Response);
        if (IsStream(turn, answer, native.Format)) await StreamAsync(turn, native, content, heartbeat, cancel);
        else await WholeAsync(turn, native, answer, content, heartbeat, cancel);
        return true;
    }

    /// <summary>Writes what goes upstream. Same wire format: the client's bytes with only the model replaced. Otherwise translated, and what was lost is named.</summary>
    public static void WriteBody(ChatTurn turn, NativeFormat native, PooledBuffer body, IgnoredFields ignored)
    {
        if (turn.Passes(native)) turn.Head.WriteWithModel(turn.Target.Model, body);
        else
        {
            ignored.NameAs(turn.Dialect);
            // Rewritten for its own format, a request for several choices is sent once: chat completions' answers are passed through with all of them.
            if (native.Format == WireFormat.OpenAiChat && turn.Dialect == native.Format) turn.Request.Sampling.Count = turn.Head.Count;
            else ignored.AddIf(native.Format == turn.Dialect.Native && turn.Count > 1, "n");
            // Told before the answer: its streams have no place for that (Ollama), and the next turn goes on without.
            ignored.AddIf(native.Format.SignsReasoning && !turn.Dialect.CarriesReasoningSignatures && turn.Request.Reasoning is { Mode: not ReasoningMode.Disabled }, "the answer's reasoning signatures");
            native.Format.WriteRequest(turn.Request, turn.Target, body, ignored);
        }
        ignored.AddIf(!native.Format.TakesBetas && turn.Http.Headers.ContainsKey(ClientBetas.Header), ClientBetas.Header);
    }

    static async Task StreamAsync(ChatTurn turn, NativeFormat native, Stream content, Heartbeat heartbeat, CancellationToken cancel)
    {
        var (provider, upstream, response) = (turn.Route.Provider, native.Format, turn.Response);
        var same = upstream == turn.Dialect.Native;
        // n > 1: the neutral stream holds one answer, so several are passed through even where a provider is usually mended.
        var pass = same && response.IsStream && (!provider.Row.Mend || native.PassesOnly || turn.Head.Count > 1);
        var reader = upstream.CreateReader(provider.Row.Quirks, keepExtras: same);
        using var stops = pass ? null : Stops(turn, upstream);
        using Relay relay = pass
            ? new PassthroughRelay(upstream, reader, response.WatchOnly(), response.Writer, response.Output)
            : new TranslatingRelay(upstream.CreateFraming(), reader, stops ?? Translated(turn, upstream));
        await Pump.RunAsync(content, relay, response, heartbeat, provider.Name, cancel);
        await response.CompleteAsync(cancel);
        // A stream that failed, or goes on behind a stop sequence, is closed with its connection.
        if (response.Sink.Finished is not null && stops is not { HasStopped: true }) await LeftOver.DrainAsync(content, cancel);
    }

    static async Task WholeAsync(ChatTurn turn, NativeFormat native, HttpResponseMessage answer, Stream content, Heartbeat heartbeat, CancellationToken cancel)
    {
        var (provider, upstream, response) = (turn.Route.Provider, native.Format, turn.Response);
        using var body = new PooledBuffer();
        var failure = await UpstreamBody.ReadAsync(content, body, provider.Name, heartbeat, cancel);
        if (failure is null && !UpstreamBody.IsJson(body.Written))
        {
            failure = BridgeError.UpstreamProtocol($"{provider.Name} answered {MediaType(answer) ?? "something"} that is not JSON.");
        }
        using var entered = await response.EnterAsync(cancel);
        if (failure is not null)
        {
            await response.FailAsync(failure);
            return;
        }
        var same = upstream == turn.Dialect.Native;
        var pass = same && !response.IsStream && (!provider.Row.Mend || native.PassesOnly || turn.Head.Count > 1);
        using var reader = upstream.CreateReader(provider.Row.Quirks, keepExtras: same);
        using var stops = pass ? null : Stops(turn, upstream);
        reader.ReadResponse(body.Written, pass ? response.WatchOnly() : stops ?? Translated(turn, upstream));
        if (pass && response.Sink.Failure is { } inBand)
        {
            // A status of 200 does not make an answer of an error.
            await response.FailAsync(inBand, UpstreamBody.IsErrorObject(body.Written) ? body.WrittenMemory : default(ReadOnlyMemory<byte>?));
        }
        else if (pass)
        {
            response.Output.Write(body.Written);
            await response.CompletePassedAsync(cancel);
        }
        else await response.CompleteAsync(cancel);
    }

    // An error status: the provider's own body where the client speaks its dialect, else the same error in the client's dialect.
    static async Task<bool> FailAsync(ChatTurn turn, WireFormat upstream, HttpResponseMessage answer, Stream content, Heartbeat heartbeat, bool isFirst, CancellationToken cancel)
    {
        var provider = turn.Route.Provider;
        using var body = new PooledBuffer();
        await UpstreamBody.ReadAsync(content, body, provider.Name, heartbeat, cancel);
        var error = UpstreamErrors.Read(provider.Name, upstream, answer, body.Written);
        var without = new IgnoredFields();
        without.NameAs(turn.Dialect);
        using var entered = await turn.Response.EnterAsync(cancel);
        if (isFirst && upstream != turn.Dialect.Native && upstream.TryRelax(turn.Request, error, without))
        {
            turn.Response.Ignore(without);
            return false;
        }
        ForwardedHeaders.Copy(answer, turn.Response);
        // OpenAI's Responses have 400 for a model that is not there, everybody else 404.
        if (upstream != turn.Dialect.Native && error.Kind == ErrorKind.ModelNotFound) error = error with { Status = 404 };
        var own = upstream == turn.Dialect && !provider.Row.Mend && error.Status == (int)answer.StatusCode && UpstreamBody.IsErrorObject(body.Written);
        await turn.Response.FailAsync(error, own ? body.WrittenMemory : default(ReadOnlyMemory<byte>?));
        return true;
    }

    static StopSequences? Stops(ChatTurn turn, WireFormat upstream)
    {
        if (upstream == turn.Dialect.Native) return null;
        var (stop, carried) = (turn.Request.Sampling.Stop, upstream.MostStopSequences(turn.Target.Model));
        return stop.Count <= carried ? null : new StopSequences(stop[carried..], Translated(turn, upstream));
    }

    static IEventSink Translated(ChatTurn turn, WireFormat upstream) =>
        upstream == turn.Dialect.Native ? turn.Response.Sink : ToolNames.Restoring(turn.Request, upstream.MaxToolNameLength, turn.Response.Sink);

    // Some providers mislabel lines as events; what is in the stream is the business of the format's framing.
    // Some servers label a stream as nothing in particular; clients do not look at it.
    static bool IsStream(ChatTurn turn, HttpResponseMessage answer, WireFormat upstream) =>
        MediaType(answer) is "text/event-stream" or "application/x-ndjson" or "application/jsonl" || MediaType(answer) == upstream.StreamMediaType
        || (turn.Head.Stream && MediaType(answer) is null or "text/plain" or "application/octet-stream" or "binary/octet-stream");

    static string? MediaType(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
}
