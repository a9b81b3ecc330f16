using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Sends a request to a provider and waits for its headers; every way in which that fails is a value, and is counted.</summary>
sealed class UpstreamCall(UpstreamHttp http, ServerOptions options, Meters meters)
{
    /// <summary>The answer, or why there is none. Throws <see cref="OperationCanceledException"/> only when the client has left.</summary>
    public async Task<(HttpResponseMessage? Answer, BridgeError? Failure)> SendAsync(
        HttpRequestMessage request, string provider, Heartbeat heartbeat, CancellationToken cancel)
    {
        var (answer, failure) = await TrySendAsync(request, provider, heartbeat, cancel);
        meters.Attempt(provider, answer is null ? "unreachable" : answer.IsSuccessStatusCode ? "ok" : "error");
        return (answer, failure);
    }

    async Task<(HttpResponseMessage? Answer, BridgeError? Failure)> TrySendAsync(
        HttpRequestMessage request, string provider, Heartbeat heartbeat, CancellationToken cancel)
    {
        try
        {
            return (await http.SendAsync(request, heartbeat.Token), null);
        }
        catch (OperationCanceledException) when (heartbeat.TimedOut && !cancel.IsCancellationRequested)
        {
            return (null, heartbeat.Error(provider));
        }
        catch (OperationCanceledException timeout) when (!cancel.IsCancellationRequested && timeout.InnerException is TimeoutException)
        {
            return (null, new BridgeError(ErrorKind.Timeout, 504, $"No connection to {request.RequestUri!.Host} within {options.ConnectTimeout.TotalSeconds:0.###} s."));
        }
        catch (HttpRequestException unreachable)
        {
            return (null, TransportErrors.Of(unreachable, request.RequestUri!));
        }
    }
}
