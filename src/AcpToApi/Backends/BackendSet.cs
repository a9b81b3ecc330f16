using AcpToApi.Agents;
using AcpToApi.Backends.Demo;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>Which backend answers for a provider.</summary>
sealed class BackendSet(HttpBackend http, DemoBackend demo, AgentBackend agents)
{
    public IBackend Of(Provider provider) => provider.Row.IsEmbedded ? demo : provider.Row.Agent is not null ? agents : http;
}
