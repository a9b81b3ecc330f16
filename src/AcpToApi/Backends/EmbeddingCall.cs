using System.Diagnostics;
using System.Text.Json;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Asks a provider for embeddings in its own form, in as many calls as it needs, some of them at once.</summary>
sealed class EmbeddingCall(WholeCall call)
{
    // Titan takes one text a call: a thousand of them one after the other would take minutes.
    const int AtOnce = 8;

    /// <summary>Answers the client with all vectors, or with the first error.</summary>
    public async Task AnswerAsync(HttpContext http, EmbeddingForm form, string path, ModelRoute route, EmbeddingRequest request, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var dialect = request.Dialect;
        using var response = new ClientResponse(http, dialect.Family, stream: false, new ResponseContext("", request.Model, 0), RequestRecord.Of(http));
        var (result, ignored) = (new EmbeddingResult(), new IgnoredFields());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // In the order of the inputs; the vectors point into the answers, so that all are kept to the end.
        var calls = new List<Pending>();
        try
        {
            var read = 0;
            BridgeError? failure = null;
            for (var part = request; part is not null && failure is null; part = part.Next)
            {
                var most = form.MaxInputs(route.Model);
                for (var first = 0; first < part.Inputs.Count && failure is null; first += most)
                {
                    var next = new Pending(Math.Min(most, part.Inputs.Count - first));
                    calls.Add(next);
                    form.WriteRequest(part, route.Model, first, next.Count, next.Body, ignored);
                    next.Answer = call.AskAsync(http.Request, response, route, path, next.Body.WrittenMemory, next.Received, stop.Token);
                    if (calls.Count - read == AtOnce) failure = await TakeAsync(calls[read++], form, result, route.Provider.Name);
                }
            }
            while (failure is null && read < calls.Count) failure = await TakeAsync(calls[read++], form, result, route.Provider.Name);
            if (failure is not null)
            {
                // The others must not touch the response any more.
                await stop.CancelAsync();
                foreach (var one in calls) await one.EndAsync();
                await response.FailAsync(failure);
                return;
            }
            result.Elapsed = Stopwatch.GetElapsedTime(began);
            await WriteAsync(response, request, result, ignored, route.Provider.Name, cancel);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var one in calls) await one.DisposeAsync();
        }
    }

    static async Task<BridgeError?> TakeAsync(Pending one, EmbeddingForm form, EmbeddingResult result, string provider) =>
        await one.Answer! ?? Read(form, one.Received, result, result.Vectors.Count + one.Count, provider);

    static BridgeError? Read(EmbeddingForm form, PooledBuffer received, EmbeddingResult result, int expected, string provider)
    {
        try
        {
            form.ReadResponse(received.WrittenMemory, result);
            if (result.Vectors.Count != expected || result.Vectors.Exists(vector => vector.IsEmpty))
            {
                return BridgeError.UpstreamProtocol($"{provider} answered with {result.Vectors.Count} embeddings for {expected} inputs.");
            }
            return null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return BridgeError.UpstreamProtocol($"{provider} did not answer with embeddings.");
        }
    }

    static async Task WriteAsync(ClientResponse response, EmbeddingRequest request, EmbeddingResult result, IgnoredFields ignored, string provider, CancellationToken cancel)
    {
        if (!ignored.IsEmpty) response.Headers["x-acptoapi-ignored"] = ForwardedHeaders.Printable(ignored.ToString());
        var isCounted = result.InputTokens is not null;
        if (!isCounted)
        {
            result.InputTokens = request.EstimateTokens();
            response.Headers["x-acptoapi-estimated"] = "true";
        }
        try
        {
            request.Dialect.WriteResponse(request, result, response.Output);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            await response.FailAsync(BridgeError.UpstreamProtocol($"{provider} answered with something that is no vector."));
            return;
        }
        if (isCounted) response.WatchOnly().Usage(new TokenUsage(result.InputTokens ?? 0, 0));
        await response.CompletePassedAsync(cancel);
    }

    // A call that is under way, and what it reads into.
    sealed class Pending(int count) : IAsyncDisposable
    {
        public int Count => count;

        public PooledBuffer Body { get; } = new();

        public PooledBuffer Received { get; } = new();

        public Task<BridgeError?>? Answer { get; set; }

        // How it ends is of no interest any more.
        public async Task EndAsync()
        {
            if (Answer is { } answer) await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        public async ValueTask DisposeAsync()
        {
            // Until then it writes into its buffer.
            await EndAsync();
            Body.Dispose();
            Received.Dispose();
        }
    }
}
