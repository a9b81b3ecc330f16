using System.Net;
using System.Net.Sockets;
using AcpToApi.Agents;
using AcpToApi.Agents.Acp;
using AcpToApi.Agents.Claude;
using AcpToApi.Agents.Conversations;
using AcpToApi.Agents.OpenCode;
using AcpToApi.Agents.ToolBridge;
using AcpToApi.Backends;
using AcpToApi.Backends.Demo;
using AcpToApi.Cli;
using AcpToApi.Endpoints;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;

namespace AcpToApi.Hosting;

/// <summary>Builds the web server: Kestrel with our limits, our services, and one pipeline for every request.</summary>
static class KestrelHost
{
    /// <summary>A server that is not started yet.</summary>
    public static WebApplication Build(OptionValues values, ServerOptions options, ConfigFile config, ProviderSet providers)
    {
        // Empty: no configuration files, no command line, no middleware but what stands here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options));
        AddLogging(builder.Logging, options);
        builder.Services
            .Configure<SocketTransportOptions>(Backpressure.Configure)
            .AddSingleton(TimeProvider.System)
            .AddSingleton(values)
            .AddSingleton(options)
            .AddSingleton(config)
            .AddSingleton(providers)
            .AddSingleton(new Redaction(Secrets(values, options, config, providers)))
            .AddSingleton<ModelRouter>()
            .AddSingleton<ServiceRouter>()
            .AddSingleton<UpstreamHttp>()
            .AddSingleton<UpstreamRequests>()
            .AddSingleton<Meters>()
            .AddSingleton<UpstreamCall>()
            .AddSingleton<HttpBackend>()
            .AddSingleton<DemoBackend>()
            .AddSingleton(values.Environment)
            .AddSingleton<ProgramFinder>()
            .AddSingleton<AgentEnvironment>()
            .AddSingleton<ConversationStore>()
            .AddSingleton<ConversationTable>()
            .AddSingleton<ClaudeProgram>()
            .AddSingleton<ClaudeCommand>()
            .AddSingleton<ClaudeWarmPool>()
            .AddSingleton<SealedClaudeAgent>()
            .AddSingleton<ClaudeCodeAgent>()
            .AddSingleton<OpenCodeAgent>()
            .AddSingleton<ToolBridge>()
            .AddSingleton<AcpAgent>()
            .AddSingleton<AgentSet>()
            .AddSingleton<AgentBackend>()
            .AddSingleton<BackendSet>()
            .AddSingleton<TokenCounts>()
            .AddSingleton<ModelCatalog>()
            .AddSingleton<ChatEndpoint>()
            .AddSingleton<CountTokensEndpoint>()
            .AddSingleton<ServiceCall>()
            .AddSingleton<StoredElsewhere>()
            .AddSingleton<ForeignConversations>()
            .AddSingleton<StoredContext>()
            .AddSingleton<WholeCall>()
            .AddSingleton<EmbeddingCall>()
            .AddSingleton<ServiceEndpoint>()
            .AddSingleton<EmbeddingsEndpoint>()
            .AddSingleton<RerankEndpoint>()
            .AddSingleton<ModelsEndpoint>()
            .AddSingleton<ProviderProbes>()
            .AddSingleton<GeminiEndpoint>()
            .AddSingleton<OllamaEndpoint>()
            .AddSingleton(services => ResponseStore.Create(options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ResponseStore>>()))
            .AddSingleton<ConversationsEndpoint>()
            .AddSingleton<HealthEndpoint>()
            .AddSingleton<ResponsesEndpoint>()
            .AddSingleton<DebugEndpoint>()
            .AddSingleton<TranslateEndpoint>()
            .AddSingleton<Routes>()
            .AddSingleton<RequestGate>()
            .AddSingleton<RequestPipeline>();
        var app = builder.Build();
        var pipeline = app.Services.GetRequiredService<RequestPipeline>();
        app.Run(pipeline.HandleAsync);
        return app;
    }

    /// <summary>Starts listening; returns the address. Throws <see cref="StartupException"/> when that is not possible.</summary>
    public static async Task<string> StartAsync(WebApplication app, ServerOptions options)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException inUse) when (inUse.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartupException($"Port {options.Port} on {options.Host} is already in use; stop what listens there, or choose another one with --port.");
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            throw new StartupException($"Cannot listen on {options.Host}:{options.Port}: {refused.Message}");
        }
        return app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        // RequestBody has the limit. Kestrel's own would close the connection on whoever still writes, who would not see the 413; so it reads on for a while.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        if (options.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && options.Port != 0) kestrel.ListenLocalhost(options.Port);
        else kestrel.Listen(Address(options.Host), options.Port);
    }

    static IPAddress Address(string host) => host switch
    {
        "*" => IPAddress.Any,
        _ when host.Equals("localhost", StringComparison.OrdinalIgnoreCase) => IPAddress.Loopback,
        _ => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : throw new StartupException($"--host: '{host}' is not an IP address."),
    };

    static void AddLogging(ILoggingBuilder logging, ServerOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        // The framework's own lines would say every request twice, and with its query string, which may hold a key.
        logging.AddFilter("Microsoft", LogLevel.Error);
        // Why the server could not start is told in one line, by StartAsync.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            // Standard output is for the banner; logs go where logs go.
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.Services.AddSingleton<ConsoleFormatter>(services =>
            new LineFormatter(services.GetRequiredService<Redaction>(), services.GetRequiredService<TimeProvider>(), options.LogJson));
    }

    static IEnumerable<string> Secrets(OptionValues values, ServerOptions options, ConfigFile config, ProviderSet providers) =>
    [
        .. providers.Secrets,
        .. new[] { options.ApiKey, options.UpstreamKey, values.Environment.Get(ClaudeCommand.TokenVariable) }.OfType<string>(),
        .. AgentOptions.SecretsIn(options.Agents.Environment),
        .. config.Agents.Values.SelectMany(agent => AgentOptions.SecretsIn(agent.Environment)),
    ];
}
