using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Providers;

namespace AcpToApi.Agents.OpenCode;

/// <summary><c>opencode serve</c> and its relatives: one server for each row, and in it a session for each conversation.</summary>
sealed class OpenCodeAgent(ServerOptions options, EnvironmentVariables variables, AgentEnvironment environment, ProgramFinder programs, ToolBridge.ToolBridge bridge) : IAgent, IAsyncDisposable
{
    static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(2);
    static readonly TimeSpan ForgetLimit = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    readonly Dictionary<string, OpenCodeHost> _hosts = [];

    public bool TakesProcess(AgentRequest request) => false;

    public async Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel)
    {
        var server = await HostOf(request.Provider).GetAsync(cancel);
        try
        {
            var session = resumeId is null ? null : await OpenCodeSession.ResumeAsync(server, request, resumeId, cancel);
            if (session is null)
            {
                // Whatever was told before is to be told again.
                request.FirstNew = 0;
                session = await OpenCodeSession.CreateAsync(server, request, cancel);
            }
            if (server.IsOurs && request.Tools.Count > 0) await OfferAsync(session, request, cancel);
            return session;
        }
        catch (Exception gone) when (OpenCodeApi.IsGone(gone) && !cancel.IsCancellationRequested)
        {
            if (gone is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }) server.MarkGone();
            throw new AgentGoneException($"{request.Provider.Name}'s server went away: {gone.Message}");
        }
    }

    public async Task ForgetAsync(Provider provider, string resumeId)
    {
        using var limit = new CancellationTokenSource(ForgetLimit);
        if (await HostOf(provider).PeekAsync(limit.Token) is { } server) await server.Api.TellAsync(HttpMethod.Delete, OpenCodeSession.PathOf(resumeId), default, ForgetLimit);
    }

    public async Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ListLimit);
        try
        {
            if (await HostOf(provider).PeekAsync(limit.Token) is not { } server) return [];
            return [.. (await server.ModelsAsync(anew: true, limit.Token)).All.Select(model => model.FullId)];
        }
        catch (Exception gone) when ((OpenCodeApi.IsGone(gone) || gone is BridgeException or System.Text.Json.JsonException) && !cancel.IsCancellationRequested)
        {
            return [];
        }
    }

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) => HostOf(provider).ProblemAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        List<OpenCodeHost> hosts;
        lock (_gate) hosts = [.. _hosts.Values];
        await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
    }

    // Elsewhere a client's tools would be seen by sessions that are not ours.
    async Task OfferAsync(OpenCodeSession session, AgentRequest request, CancellationToken cancel)
    {
        try
        {
            await session.OfferAsync(bridge.Open(request.Tools), options.Agents.Timeout, cancel);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    OpenCodeHost HostOf(Provider provider)
    {
        lock (_gate)
        {
            if (_hosts.TryGetValue(provider.Name, out var known)) return known;
            return _hosts[provider.Name] = new OpenCodeHost(provider, options.Agents, variables, environment, programs);
        }
    }
}
