using System.Net;
using System.Net.Http.Headers;
using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Passes a request for something other than a chat to its provider, and the answer back as it comes: JSON, sound, pictures, streams.</summary>
sealed class ServiceCall(UpstreamCall upstream, UpstreamRequests requests, ServerOptions options)
{
    /// <summary>Passes a body that has been made ready for the provider; <paramref name="dialect"/> is in which errors are told.</summary>
    public async Task PassAsync(HttpContext http, string path, ModelRoute route, ReadOnlyMemory<byte> body, WireFormat dialect)
    {
        var provider = route.Provider;
        using var request = requests.Create(HttpMethod.Post, provider, provider.Preferred, provider.Preferred.Fill(path, route.Model), http.Request, body: body);
        request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(http.Request.ContentType!);
        if (http.Request.Headers.Accept is [{ } accept]) request.Headers.TryAddWithoutValidation("Accept", accept);
        await RelayAsync(http, request, provider, provider.Preferred.Format, dialect);
    }

    /// <summary>
    /// Sends a request and passes the answer back; <paramref name="format"/> is in which the provider tells errors. False, with nothing answered,
    /// when the provider knows nothing of what was asked for and <paramref name="othersFollow"/>.
    /// </summary>
    public async Task<bool> RelayAsync(HttpContext http, HttpRequestMessage request, Provider provider, WireFormat format, WireFormat dialect, bool othersFollow = false)
    {
        var cancel = http.RequestAborted;
        using var response = new ClientResponse(http, dialect, stream: false, new ResponseContext("", default, 0), RequestRecord.Of(http));
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, failure) = await upstream.SendAsync(request, provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is null)
        {
            await response.FailAsync(failure!);
            return true;
        }
        if (othersFollow && answer.StatusCode == HttpStatusCode.NotFound) return false;
        heartbeat.Limit(options.StreamIdleTimeout);
        ForwardedHeaders.Copy(answer, response);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        if (!answer.IsSuccessStatusCode)
        {
            using var error = new PooledBuffer();
            await UpstreamBody.ReadAsync(content, error, provider.Name, heartbeat, cancel);
            var own = format == dialect && UpstreamBody.IsErrorObject(error.Written);
            await response.FailAsync(UpstreamErrors.Read(provider.Name, format, answer, error.Written), own ? error.WrittenMemory : default(ReadOnlyMemory<byte>?));
            return true;
        }
        try
        {
            await CopyAsync(http, answer, content, heartbeat);
        }
        catch (Exception broken) when (!cancel.IsCancellationRequested && (broken is IOException or HttpRequestException or OperationCanceledException))
        {
            // It cannot be told any more. Cutting the connection keeps anybody from taking a part for the whole.
            RequestRecord.Of(http).Error = TransportErrors.BrokenOff(provider.Name);
            http.Abort();
        }
        return true;
    }

    static async Task CopyAsync(HttpContext http, HttpResponseMessage answer, Stream content, Heartbeat heartbeat)
    {
        http.Response.Headers.ContentType = answer.Content.Headers.ContentType?.ToString();
        http.Response.Headers.ContentLength = answer.Content.Headers.ContentLength;
        var output = http.Response.BodyWriter;
        while (await content.ReadAsync(output.GetMemory(), heartbeat.Token) is > 0 and var read)
        {
            heartbeat.Heard();
            output.Advance(read);
            await output.FlushAsync(heartbeat.Token);
        }
    }
}
