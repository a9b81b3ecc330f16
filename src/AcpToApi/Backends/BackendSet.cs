using AcpToApi.Backends.Demo;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>Which backend answers for a provider.</summary>
sealed class BackendSet(HttpBackend http, DemoBackend demo)
{
    public IBackend Of(Provider provider) => provider.Row.IsEmbedded ? demo : http;
}
