using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using AcpToApi.Cli;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Passes a request for something other than a chat to its provider, and the answer back as it comes: JSON, sound, pictures, streams.</summary>
sealed class ServiceCall(UpstreamCall upstream, UpstreamRequests requests, ServerOptions options)
{
    /// <summary>
    /// Passes a body that has been made ready for the provider; <paramref name="dialect"/> is in which errors are told, and
    /// <paramref name="usage"/> listens to the answer.
    /// </summary>
    public async Task PassAsync(HttpContext http, string path, ModelRoute route, ReadOnlyMemory<byte> body, WireFormat dialect, EmbeddingUsage? usage = null)
    {
        var provider = route.Provider;
        using var request = requests.Create(HttpMethod.Post, provider, provider.Preferred, provider.Preferred.Fill(path, route.Model), http.Request, body: body);
        // A parameter that is broken says nothing; JSON needs none.
        if (MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)) request.Content!.Headers.ContentType = type;
        if (http.Request.Headers.Accept is [{ } accept]) request.Headers.TryAddWithoutValidation("Accept", accept);
        await using var open = await AskAsync(http, request, provider, provider.Preferred.Format, dialect, http.RequestAborted);
        if (open.Refusal is null && await ProblemAsync(open, provider) is { } problem) open.Refusal = new Refusal(problem, null, open.Answer);
        if (open.Refusal is { } refusal) await RefuseAsync(http, dialect, refusal);
        else await RelayAsync(http, open, usage);
    }

    // A good status does not make an answer: of a short one it can be seen before the client has any of it.
    static async Task<BridgeError?> ProblemAsync(OpenAnswer open, Provider provider)
    {
        const int Short = 16 * 1024;
        var answer = open.Answer!;
        if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Accepted)) return UpstreamErrors.Read(provider.Name, provider.Preferred.Format, answer, default);
        var type = answer.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
        if (type is "text/html") return BridgeError.UpstreamProtocol($"{provider.Name} answered a page (text/html).");
        if (type is not "application/json") return null;
        try
        {
            while (open.Begun.Length < Short)
            {
                var read = await open.Content!.ReadAsync(open.Begun.GetMemory(), open.Heartbeat.Token);
                if (read == 0) return ProblemOf(open.Begun.Written, provider);
                open.Begun.Advance(read);
                open.Heartbeat.Heard();
            }
            return null;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return TransportErrors.BrokenOff(provider.Name);
        }
        catch (OperationCanceledException) when (open.Heartbeat.TimedOut)
        {
            return open.Heartbeat.Error(provider.Name);
        }
    }

    static BridgeError? ProblemOf(ReadOnlySpan<byte> body, Provider provider)
    {
        const int BadGateway = 502;
        if (!UpstreamBody.IsJson(body)) return BridgeError.UpstreamProtocol($"{provider.Name} answered something that is not JSON.");
        return UpstreamBody.IsErrorObject(body) ? provider.Preferred.Format.ReadError(BadGateway, body) : null;
    }

    /// <summary>Tells the client why it gets no answer.</summary>
    public static async Task RefuseAsync(HttpContext http, WireFormat dialect, Refusal refusal)
    {
        using var response = ResponseTo(http, dialect);
        if (refusal.Answer is { } answer) ForwardedHeaders.Copy(answer, response);
        await response.FailAsync(refusal.Error, refusal.OwnBody);
    }

    /// <summary>
    /// Sends a request, and waits for the head of its answer; <paramref name="format"/> is in which the provider tells errors. Nothing is told to the
    /// client yet, so that several may be asked at once.
    /// </summary>
    public async Task<OpenAnswer> AskAsync(HttpContext http, HttpRequestMessage request, Provider provider, WireFormat format, WireFormat dialect, CancellationToken cancel)
    {
        var response = ResponseTo(http, dialect);
        var open = new OpenAnswer(provider, response, new Heartbeat(response, options, cancel));
        try
        {
            var (answer, failure) = await upstream.SendAsync(request, provider.Name, open.Heartbeat, cancel);
            open.Answer = answer;
            if (answer is null)
            {
                open.Refusal = new Refusal(failure!, null, null);
                return open;
            }
            open.Heartbeat.Limit(options.StreamIdleTimeout);
            open.Content = await answer.Content.ReadAsStreamAsync(cancel);
            if (answer.IsSuccessStatusCode) return open;
            using var error = new PooledBuffer();
            await UpstreamBody.ReadAsync(open.Content, error, provider.Name, open.Heartbeat, cancel);
            var own = format == dialect && UpstreamBody.IsErrorObject(error.Written);
            open.Refusal = new Refusal(UpstreamErrors.Read(provider.Name, format, answer, error.Written), own ? error.Written.ToArray() : default(ReadOnlyMemory<byte>?), answer);
            return open;
        }
        catch
        {
            await open.DisposeAsync();
            throw;
        }
    }

    /// <summary>Passes a good answer back as it comes.</summary>
    public static async Task RelayAsync(HttpContext http, OpenAnswer open, EmbeddingUsage? usage = null)
    {
        var record = RequestRecord.Of(http);
        ForwardedHeaders.Copy(open.Answer!, open.Response);
        try
        {
            await CopyAsync(http, open, usage);
            if (usage?.InputTokens is not { } tokens) return;
            open.Response.WatchOnly().Usage(new TokenUsage(tokens, 0));
            record.Take(open.Response.Sink);
        }
        catch (Exception broken) when (!http.RequestAborted.IsCancellationRequested && (broken is IOException or HttpRequestException or OperationCanceledException))
        {
            // It cannot be told any more. Cutting the connection keeps anybody from taking a part for the whole.
            record.Error = TransportErrors.BrokenOff(open.Provider.Name);
            http.Abort();
        }
    }

    static ClientResponse ResponseTo(HttpContext http, WireFormat dialect) =>
        new(http, dialect, stream: false, new ResponseContext("", default, 0), RequestRecord.Of(http));

    static async Task CopyAsync(HttpContext http, OpenAnswer open, EmbeddingUsage? usage)
    {
        http.Response.Headers.ContentType = open.Answer!.Content.Headers.ContentType?.ToString();
        http.Response.Headers.ContentLength = open.Answer.Content.Headers.ContentLength;
        var output = http.Response.BodyWriter;
        if (open.Begun.Length > 0)
        {
            usage?.Feed(open.Begun.Written);
            output.Write(open.Begun.Written);
            await output.FlushAsync(open.Heartbeat.Token);
        }
        while (true)
        {
            var room = output.GetMemory();
            var read = await open.Content!.ReadAsync(room, open.Heartbeat.Token);
            if (read == 0) return;
            open.Heartbeat.Heard();
            usage?.Feed(room.Span[..read]);
            output.Advance(read);
            await output.FlushAsync(open.Heartbeat.Token);
        }
    }
}
