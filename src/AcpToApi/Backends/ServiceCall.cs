using System.Net.Http.Headers;
using AcpToApi.Cli;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Why there is no good answer to pass back.</summary>
/// <param name="Error">What went wrong.</param>
/// <param name="OwnBody">The provider's own words, if they are in the client's dialect.</param>
/// <param name="Answer">The answer that told so, for its headers; null when there was none.</param>
sealed record Refusal(BridgeError Error, ReadOnlyMemory<byte>? OwnBody, HttpResponseMessage? Answer);

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
        if (await TryRelayAsync(http, request, provider, provider.Preferred.Format, dialect, usage) is { } refusal) await RefuseAsync(http, dialect, refusal);
    }

    /// <summary>Tells the client why it gets no answer.</summary>
    public static async Task RefuseAsync(HttpContext http, WireFormat dialect, Refusal refusal)
    {
        using var response = ResponseTo(http, dialect);
        if (refusal.Answer is { } answer) ForwardedHeaders.Copy(answer, response);
        await response.FailAsync(refusal.Error, refusal.OwnBody);
    }

    /// <summary>
    /// Sends a request and passes the answer back; <paramref name="format"/> is in which the provider tells errors. When there is no good answer,
    /// nothing has been told to the client, and why is returned.
    /// </summary>
    public async Task<Refusal?> TryRelayAsync(HttpContext http, HttpRequestMessage request, Provider provider, WireFormat format, WireFormat dialect, EmbeddingUsage? usage = null)
    {
        var cancel = http.RequestAborted;
        using var response = ResponseTo(http, dialect);
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, failure) = await upstream.SendAsync(request, provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is null) return new Refusal(failure!, null, null);
        heartbeat.Limit(options.StreamIdleTimeout);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        if (!answer.IsSuccessStatusCode)
        {
            using var error = new PooledBuffer();
            await UpstreamBody.ReadAsync(content, error, provider.Name, heartbeat, cancel);
            var own = format == dialect && UpstreamBody.IsErrorObject(error.Written);
            return new Refusal(UpstreamErrors.Read(provider.Name, format, answer, error.Written), own ? error.Written.ToArray() : default(ReadOnlyMemory<byte>?), answer);
        }
        ForwardedHeaders.Copy(answer, response);
        try
        {
            await CopyAsync(http, answer, content, heartbeat, usage);
            if (usage?.InputTokens is not { } tokens) return null;
            response.WatchOnly().Usage(new TokenUsage(tokens, 0));
            RequestRecord.Of(http).Take(response.Sink);
        }
        catch (Exception broken) when (!cancel.IsCancellationRequested && (broken is IOException or HttpRequestException or OperationCanceledException))
        {
            // It cannot be told any more. Cutting the connection keeps anybody from taking a part for the whole.
            RequestRecord.Of(http).Error = TransportErrors.BrokenOff(provider.Name);
            http.Abort();
        }
        return null;
    }

    static ClientResponse ResponseTo(HttpContext http, WireFormat dialect) =>
        new(http, dialect, stream: false, new ResponseContext("", default, 0), RequestRecord.Of(http));

    static async Task CopyAsync(HttpContext http, HttpResponseMessage answer, Stream content, Heartbeat heartbeat, EmbeddingUsage? usage)
    {
        http.Response.Headers.ContentType = answer.Content.Headers.ContentType?.ToString();
        http.Response.Headers.ContentLength = answer.Content.Headers.ContentLength;
        var output = http.Response.BodyWriter;
        while (true)
        {
            var room = output.GetMemory();
            var read = await content.ReadAsync(room, heartbeat.Token);
            if (read == 0) return;
            heartbeat.Heard();
            usage?.Feed(room.Span[..read]);
            output.Advance(read);
            await output.FlushAsync(heartbeat.Token);
        }
    }
}
