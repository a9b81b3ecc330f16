using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AcpToApi.Cli;

namespace AcpToApi.Transport;

/// <summary>The one HTTP client towards providers: pooled connections, proxy from the environment, TLS verified, no redirects, nothing buffered.</summary>
sealed class UpstreamHttp : IDisposable
{
    readonly HttpMessageInvoker _invoker;

    public UpstreamHttp(ServerOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.MaxConnectionsPerHost,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 64,
            // A stream that nobody wants any more is closed, not read to its end: the provider must stop generating.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
        };
        if (options.CaFile is { } file) handler.SslOptions.RemoteCertificateValidationCallback = TrustAlso(file);
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends a request; returns when the headers are there. Throws <see cref="HttpRequestException"/> and <see cref="OperationCanceledException"/>.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) => _invoker.SendAsync(request, cancel);

    public void Dispose() => _invoker.Dispose();

    // The system's authorities stay trusted; a chain they do not know may also end in one of the file's.
    static RemoteCertificateValidationCallback TrustAlso(string file)
    {
        var own = new X509Certificate2Collection();
        try
        {
            own.ImportFromPemFile(file);
        }
        catch (Exception unusable) when (unusable is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--ca-file: cannot read certificates from {file}: {unusable.Message}");
        }
        if (own.Count == 0) throw new StartupException($"--ca-file: {file} holds no PEM certificate.");
        return (_, certificate, presented, errors) =>
        {
            if (errors == SslPolicyErrors.None) return true;
            if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf) return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.CustomTrustStore.AddRange(own);
            foreach (var link in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) chain.ChainPolicy.ExtraStore.Add(link.Certificate);
            return chain.Build(leaf);
        };
    }
}
