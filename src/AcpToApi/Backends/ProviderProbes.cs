using System.Diagnostics;
using AcpToApi.Agents;
using AcpToApi.Endpoints;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Finds out whether providers answer, without spending a token: by their model list, or where they have none by any answer at all.</summary>
sealed class ProviderProbes(ProviderSet providers, UpstreamHttp http, UpstreamRequests requests, AgentSet agents, Redaction redaction)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks all configured providers at once.</summary>
    public async Task<IReadOnlyList<ProviderProbe>> AskAllAsync(CancellationToken cancel) =>
        await Task.WhenAll(providers.Configured.Select(provider => AskAsync(provider, cancel)));

    async Task<ProviderProbe> AskAgentAsync(Provider provider, long began, CancellationToken cancel)
    {
        var problem = await agents.Of(provider).ProblemAsync(provider, cancel);
        return new ProviderProbe(provider.Name, problem is null, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds, null, problem);
    }

    async Task<ProviderProbe> AskAsync(Provider provider, CancellationToken cancel)
    {
        if (provider.Row.IsEmbedded) return new ProviderProbe(provider.Name, Ok: true, 0, null, null);
        var began = Stopwatch.GetTimestamp();
        if (provider.Row.Agent is not null) return await AskAgentAsync(provider, began, cancel);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        using var request = requests.CreateForModels(provider, provider.Row.ModelsPath ?? "/");
        int? status = null;
        string? error = null;
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            status = (int)answer.StatusCode;
            // Without a list any answer but a refusal shows that somebody is there.
            var fine = provider.Row.ModelsPath is null ? status is not (401 or 403) and < 500 : answer.IsSuccessStatusCode;
            if (!fine) error = status is 401 or 403 ? "The key was refused." : $"It answered with status {status}.";
        }
        catch (HttpRequestException unreachable)
        {
            error = redaction.Clean(TransportErrors.Of(unreachable, request.RequestUri!).Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            error = $"It did not answer within {Limit.TotalSeconds:0} s.";
        }
        return new ProviderProbe(provider.Name, error is null, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds, status, error);
    }
}
