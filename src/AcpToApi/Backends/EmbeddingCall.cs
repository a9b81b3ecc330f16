using System.Diagnostics;
using System.Text.Json;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Asks a provider for embeddings in its own form, in as many calls as it needs, one after the other.</summary>
sealed class EmbeddingCall(WholeCall call)
{
    /// <summary>Answers the client with all vectors, or with the first error.</summary>
    public async Task AnswerAsync(HttpContext http, EmbeddingForm form, string path, ModelRoute route, EmbeddingRequest request, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var dialect = request.Dialect;
        using var response = new ClientResponse(http, dialect.Family, stream: false, new ResponseContext("", request.Model, 0), RequestRecord.Of(http));
        var (result, ignored) = (new EmbeddingResult(), new IgnoredFields());
        // The vectors point into the answers.
        var answers = new List<PooledBuffer>();
        try
        {
            var most = form.MaxInputs(route.Model);
            for (var first = 0; first < request.Inputs.Count;)
            {
                var count = Math.Min(most, request.Inputs.Count - first);
                using var body = new PooledBuffer();
                form.WriteRequest(request, route.Model, first, count, body, ignored);
                var received = new PooledBuffer();
                answers.Add(received);
                first += count;
                var failure = await call.AskAsync(http.Request, response, route, path, body.WrittenMemory, received, cancel)
                    ?? Read(form, received, result, first, route.Provider.Name);
                if (failure is null) continue;
                await response.FailAsync(failure);
                return;
            }
            result.Elapsed = Stopwatch.GetElapsedTime(began);
            await WriteAsync(response, request, result, ignored, route.Provider.Name, cancel);
        }
        finally
        {
            foreach (var answer in answers) answer.Dispose();
        }
    }

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
}
