using FakeProvider;

namespace AcpToApi.Tests.Support;

/// <summary>A server with the scripted provider behind its big rows.</summary>
public class Bridge : IAsyncLifetime
{
    public const string OpenAiKey = "sk-upstream-openai-0123456789";
    public const string AnthropicKey = "sk-ant-upstream-0123456789";
    public const string GeminiKey = "AIza-upstream-0123456789";
    public const string ClientKey = "sk-client-of-the-caller";

    Server? _server;

    public FakeServer Upstream { get; } = FakeServer.Start();

    public Server Server => _server ?? throw new InvalidOperationException("not started");

    public HttpClient Http { get; } = Wire.NewClient();

    protected virtual string[] Arguments => [];

    protected virtual Dictionary<string, string> Environment => [];

    /// <summary>The environment that puts an upstream behind one row of every dialect.</summary>
    public static Dictionary<string, string> Behind(FakeServer upstream) => new()
    {
        ["OPENAI_BASE_URL"] = upstream.OpenAiUrl,
        ["OPENAI_API_KEY"] = OpenAiKey,
        ["ANTHROPIC_BASE_URL"] = upstream.Url,
        ["ANTHROPIC_API_KEY"] = AnthropicKey,
        ["GEMINI_BASE_URL"] = upstream.Url,
        ["GEMINI_API_KEY"] = GeminiKey,
        ["OLLAMA_BASE_URL"] = upstream.Url,
    };

    public async ValueTask InitializeAsync()
    {
        var environment = Behind(Upstream);
        foreach (var (name, value) in Environment) environment[name] = value;
        _server = await Server.StartAsync(new() { Arguments = [.. Arguments], Environment = environment });
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>Asks over a dialect and returns the answer's head; the body is read by the test.</summary>
    public Task<HttpResponseMessage> AskAsync(Front front, string model, string text, bool stream, Action<HttpRequestMessage>? change = null) =>
        Http.PostJsonAsync(Server.Url + front.Path, front.Body(model, text, stream), change);
}
