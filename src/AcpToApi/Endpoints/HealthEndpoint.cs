using AcpToApi.Agents.Conversations;
using AcpToApi.Hosting;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary><c>GET /health</c>: that the server is alive; backends and counts only for who has the key, where one is set.</summary>
sealed class HealthEndpoint(RequestGate gate, ProviderSet providers, ConversationTable conversations, Meters meters)
{
    static readonly HealthAnswer Alive = new("ok", Product.Version);

    public Task HandleAsync(HttpContext http)
    {
        if (gate.Refuse(http.Request, needsKey: true) is not null) return JsonAnswer.WriteAsync(http, Alive, BridgeJsonContext.Default.HealthAnswer);
        var (sessions, busy) = conversations.Counts;
        var answer = Alive with
        {
            Backends = [.. providers.Configured.Select(provider => provider.Name)],
            Conversations = sessions,
            Busy = busy,
            // This very request is none of those that keep the server busy.
            InFlight = meters.InFlight - 1,
        };
        return JsonAnswer.WriteAsync(http, answer, BridgeJsonContext.Default.HealthAnswer);
    }
}
