using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Asks a provider that counts tokens itself, in its own form.</summary>
sealed class TokenCounts(UpstreamCall call, UpstreamRequests requests, ServerOptions options)
{
    /// <summary>
    /// Answers the client with the provider's count, or with an error that the client must know of. False when the provider cannot count this
    /// after all (it does not know the path, or does not count what it was asked to), and nothing has been answered.
    /// </summary>
    public async Task<bool> AnswerAsync(HttpContext client, ModelRoute route, NativeFormat native, WireFormat dialect, RequestHead head, ReadOnlyMemory<byte> asked)
    {
        var (cancel, provider) = (client.RequestAborted, route.Provider.Name);
        var target = new UpstreamTarget(JsonString.Of(route.Model), route.Provider.Row.Quirks, Stream: false) { Betas = ClientBetas.Of(client.Request, route.LongContext) };
        var passes = native.Format == dialect && head.HasConversation && !dialect.MustRewrite(asked, target);
        using var response = new ClientResponse(client, dialect, stream: false, new ResponseContext("", head.Model, 0), RequestRecord.Of(client));
        using var body = new PooledBuffer();
        if (passes) head.WriteWithModel(target.Model, body);
        else WriteBody(dialect.ReadTokenCountRequest(asked), target, native.Format, body, response);
        using var request = requests.Create(HttpMethod.Post, route.Provider, native, native.CountPathFor(route.Model), client.Request, route.LongContext, body.WrittenMemory);
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, failure) = await call.SendAsync(request, provider, heartbeat, cancel);
        using var sent = answer;
        using var received = new PooledBuffer();
        if (answer is not null)
        {
            await using var content = await answer.Content.ReadAsStreamAsync(cancel);
            failure = await UpstreamBody.ReadAsync(content, received, provider, heartbeat, cancel);
            if (failure is null && !answer.IsSuccessStatusCode) failure = UpstreamErrors.Read(provider, native.Format, answer, received.Written);
        }
        if (failure is not null)
        {
            // What an estimate takes the place of, its headers included, is not told.
            var mayBeEstimated = failure.Status is 400 or 404 or 405 or 422 or 501 || (failure.Status == 403 && native.CountMayBeForbidden);
            if (mayBeEstimated && !(passes && IsOfTheRequest(failure, route.Model, native, received.Written))) return false;
            if (answer is not null) ForwardedHeaders.Copy(answer, response);
            await response.FailAsync(failure);
            return true;
        }
        if (native.Format.ReadTokenCount(received.Written) is not { } count) return false;
        ForwardedHeaders.Copy(answer!, response);
        if (passes) response.Output.Write(received.Written);
        else dialect.WriteTokenCount(count, response.Output);
        await response.CompletePassedAsync(cancel);
        return true;
    }

    // The provider counts, but not this: what the client itself has said is wrong, or the model is not there (and not the path, which may name it too).
    static bool IsOfTheRequest(BridgeError failure, string model, NativeFormat native, ReadOnlySpan<byte> body) =>
        UpstreamBody.IsErrorObject(body)
        && (failure.Status == 400 || (failure.Message.Contains(model, StringComparison.Ordinal) && !failure.Message.Contains(native.CountPathFor(model), StringComparison.Ordinal)));

    static void WriteBody(ChatRequest request, UpstreamTarget target, WireFormat upstream, PooledBuffer body, ClientResponse response)
    {
        var ignored = new IgnoredFields();
        upstream.WriteTokenCountRequest(request, target, body, ignored);
        response.Ignore(ignored);
    }
}
