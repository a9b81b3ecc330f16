using System.Security.Cryptography;
using System.Text.Json;
using AcpToApi.Backends;
using AcpToApi.Cli;
using AcpToApi.Hosting;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Stdio;

/// <summary>
/// This program as an agent of the Agent Client Protocol: an editor on standard input and output talks to any model behind the bridge. The bridge itself is
/// the same server, on a port and with a key that only this process knows.
/// </summary>
sealed class StdioAgent(ModelCatalog catalog, ProviderSet providers, OwnServer server, string? firstModel, Stream output) : IDisposable
{
    const int ParseError = -32700;

    readonly Dictionary<string, StdioSession> _sessions = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Runs until the editor closes our input, or we are told to end.</summary>
    public static async Task<int> RunAsync(IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>> commandLine)
    {
        var environment = EnvironmentVariables.Read(Directory.GetCurrentDirectory());
        var config = ConfigFile.Find(commandLine, environment);
        var values = new OptionValues(commandLine, environment, config);
        var options = ServerOptions.From(values) with { Host = "127.0.0.1", Port = 0, ApiKey = RandomNumberGenerator.GetHexString(64, lowercase: true) };
        var providers = ProviderSet.Build(options, config, environment);
        await using var app = KestrelHost.Build(values, options, config, providers);
        using var server = new OwnServer(await KestrelHost.StartAsync(app, options), options.ApiKey);
        using var agent = new StdioAgent(app.Services.GetRequiredService<ModelCatalog>(), providers, server, options.UpstreamModel, Console.OpenStandardOutput());
        var reading = agent.ReadAsync(Console.OpenStandardInput());
        await Task.WhenAny(reading, app.WaitForShutdownAsync());
        lock (agent._sessions)
        {
            foreach (var session in agent._sessions.Values) session.Cancel();
        }
        await app.StopAsync();
        return 0;
    }

    public void Dispose() => _writing.Dispose();

    async Task ReadAsync(Stream input)
    {
        using var buffer = new InputBuffer();
        using var lines = new LineReader();
        while (await input.ReadAsync(buffer.Room()) is > 0 and var read)
        {
            buffer.Received(read);
            while (lines.TryRead(buffer.Unread, isFinal: false, out var line, out var consumed))
            {
                // Each is answered in its own time; turns take long.
                if (line.HasData) _ = AnswerAsync(line.Data.ToArray());
                buffer.Consume(consumed);
            }
            if (buffer.Unread.Length >= Limits.MaxBytes) throw new StartupException($"A message on standard input is larger than {Limits.MaxMiB} MiB.");
        }
    }

    async Task AnswerAsync(byte[] line)
    {
        using var reply = new PooledBuffer();
        try
        {
            var asked = Asked.Of(line);
            switch (asked.Method)
            {
                case "initialize":
                    AcpReplies.Initialized(asked.Id, Product.Version, reply);
                    break;
                case "authenticate":
                    AcpReplies.Done(asked.Id, reply);
                    break;
                case "session/new":
                    await OpenAsync(asked, reply);
                    break;
                case "session/prompt" when SessionOf(asked) is { } session:
                    await session.PromptAsync(line, asked.Id, reply, WriteAsync);
                    break;
                case "session/cancel":
                    SessionOf(asked)?.Cancel();
                    break;
                case "session/set_model" when SessionOf(asked) is { } session:
                    session.Model = asked.Text("modelId"u8);
                    AcpReplies.Done(asked.Id, reply);
                    break;
                case "session/set_config_option" when SessionOf(asked) is { } session && asked.Text("configId"u8) == "model":
                    session.Model = asked.Text("value"u8);
                    var models = await ModelsAsync(session.Model);
                    AcpReplies.Configured(asked.Id, models, session.Model, reply);
                    break;
                case "session/prompt" or "session/set_model" or "session/set_config_option":
                    Refuse(asked.Id, JsonRpcMessage.InvalidParams, "There is no such session, or it has no such option.", reply);
                    break;
                default:
                    if (asked.Id.Length > 0) Refuse(asked.Id, JsonRpcMessage.MethodNotFound, "This agent has no such method.", reply);
                    break;
            }
        }
        catch (JsonException)
        {
            Refuse([], ParseError, "The line is not a message of JSON-RPC.", reply);
        }
        await WriteAsync(reply);
    }

    async Task OpenAsync(Asked asked, PooledBuffer reply)
    {
        var models = await ModelsAsync(firstModel);
        var session = new StdioSession(server, Guid.NewGuid().ToString("N"), models[0]);
        lock (_sessions) _sessions[session.Id] = session;
        AcpReplies.Opened(asked.Id, session.Id, models, session.Model, reply);
    }

    // The wanted one first; without one, models that somebody configured come before the built-in one.
    async Task<IReadOnlyList<string>> ModelsAsync(string? first)
    {
        List<string> models = first is null ? [] : [first];
        List<string> last = [];
        foreach (var listed in await catalog.ListAsync(CancellationToken.None))
        {
            if (listed.Id == first) continue;
            (providers.Find(listed.Provider)?.Row.IsEmbedded == true ? last : models).Add(listed.Id);
        }
        return [.. models, .. last];
    }

    StdioSession? SessionOf(Asked asked)
    {
        lock (_sessions) return _sessions.GetValueOrDefault(asked.Text("sessionId"u8));
    }

    // Whole lines, one writer at a time.
    async Task WriteAsync(PooledBuffer lines)
    {
        if (lines.Length == 0) return;
        await _writing.WaitAsync();
        try
        {
            await output.WriteAsync(lines.WrittenMemory);
            await output.FlushAsync();
        }
        catch (IOException)
        {
            // The editor has gone; the end of our input will say so too.
        }
        finally
        {
            _writing.Release();
        }
        lines.Clear();
    }

    static void Refuse(byte[] id, int code, string message, PooledBuffer reply)
    {
        JsonRpcMessage.WriteError(id.Length == 0 ? "null"u8 : id, code, message, reply);
        reply.Write((byte)'\n');
    }

    /// <summary>What is asked, in a form that lives as long as the answer takes.</summary>
    sealed record Asked(byte[] Id, string Method, byte[] Line)
    {
        public static Asked Of(byte[] line)
        {
            var message = JsonRpcMessage.Read(line);
            return new Asked(message.Id.ToArray(), message.Method.ToString(), line);
        }

        public string Text(ReadOnlySpan<byte> name) => JsonRpcMessage.Read(Line).Parameter(name).ToString();
    }
}
