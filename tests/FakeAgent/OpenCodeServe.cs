using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace FakeAgent;

/// <summary>
/// Plays <c>opencode serve</c> and <c>kilo serve</c>: sessions, prompts and one stream of events, with a password on everything. Asked in FAKE_LOG, it
/// writes down each request; FAKE_START=exit ends it at once. What a prompt may hold stands at <see cref="OpenCodeTurn"/>.
/// </summary>
sealed class OpenCodeServe(string name, string log)
{
    readonly ConcurrentDictionary<Channel<string>, byte> _listeners = new();
    readonly ConcurrentDictionary<string, CancellationTokenSource> _sessions = new();
    readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _asked = new();
    readonly ConcurrentDictionary<string, JsonNode> _toolServers = new();
    readonly Lock _logging = new();
    int _ids;

    public static async Task<int> RunAsync(string name, string[] arguments)
    {
        if (Environment.GetEnvironmentVariable("FAKE_START") == "exit")
        {
            await Console.Error.WriteLineAsync("the database is locked");
            return 1;
        }
        string After(string option) => arguments[Array.IndexOf(arguments, option) + 1];
        if (arguments[0] != "serve") throw new ArgumentException($"{name} {arguments[0]} is not played");
        var address = $"http://{After("--hostname")}:{After("--port")}/";
        using var listener = new HttpListener();
        listener.Prefixes.Add(address);
        listener.Start();
        Console.WriteLine("! a line of no interest");
        Console.WriteLine($"{name} server listening on {address.TrimEnd('/')}");
        var server = new OpenCodeServe(name, Environment.GetEnvironmentVariable("FAKE_LOG") ?? "");
        while (true) _ = server.AnswerAsync(await listener.GetContextAsync());
    }

    public string NextId(string kind) => $"{kind}_{Interlocked.Increment(ref _ids):d6}";

    /// <summary>Sends an event to whoever listens.</summary>
    public void Tell(string type, JsonObject properties)
    {
        var text = new JsonObject { ["id"] = NextId("evt"), ["type"] = type, ["properties"] = properties }.ToJsonString();
        foreach (var listener in _listeners.Keys) listener.Writer.TryWrite(text);
        // A copy in another form, which says nothing new.
        if (name != "kilo") return;
        var copy = new JsonObject { ["id"] = NextId("evt"), ["type"] = "sync", ["syncEvent"] = new JsonObject { ["type"] = type + ".1", ["data"] = properties.DeepClone() } }.ToJsonString();
        foreach (var listener in _listeners.Keys) listener.Writer.TryWrite(copy);
    }

    /// <summary>Breaks the streams of events off.</summary>
    public void DropListeners()
    {
        foreach (var listener in _listeners.Keys) listener.Writer.TryComplete();
    }

    /// <summary>Asks something and waits for the answer.</summary>
    public Task<string> AskAsync(string id) => _asked.GetOrAdd(id, _ => new TaskCompletionSource<string>()).Task;

    /// <summary>Calls a tool of a registered server and returns the text of its result.</summary>
    public async Task<string> CallAsync(string server, string tool, JsonNode arguments)
    {
        var config = _toolServers[server];
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, (string)config["url"]!);
        request.Headers.TryAddWithoutValidation("Authorization", (string)config["headers"]!["Authorization"]!);
        var call = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 7, ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments.DeepClone() } };
        request.Content = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["result"]!["content"]![0]!["text"]!;
    }

    async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        try
        {
            using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
            var body = await reader.ReadToEndAsync();
            Note($"{request.HttpMethod} {request.Url!.PathAndQuery} {body}");
            if (!IsWelcome(request)) await SendAsync(response, 401, "");
            else await RouteAsync(request, response, body);
        }
        catch (Exception left) when (left is HttpListenerException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The bridge left.
        }
        finally
        {
            try
            {
                response.Close();
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // So did the connection.
            }
        }
    }

    bool IsWelcome(HttpListenerRequest request)
    {
        var prefix = name.ToUpperInvariant();
        if (Environment.GetEnvironmentVariable(prefix + "_SERVER_PASSWORD") is not { } password) return true;
        var user = Environment.GetEnvironmentVariable(prefix + "_SERVER_USERNAME") ?? name;
        return request.Headers["Authorization"] == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
    }

    async Task RouteAsync(HttpListenerRequest request, HttpListenerResponse response, string body)
    {
        var path = request.Url!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch (request.HttpMethod, path)
        {
            case ("GET", ["global", "health"]):
                await SendAsync(response, 200, """{"healthy":true,"version":"0.0.0"}""");
                break;
            case ("GET", ["event"]):
                await StreamAsync(response);
                break;
            case ("GET", ["config", "providers"]):
                await SendAsync(response, 200, """
                    {"providers":[{"id":"mock","name":"Mock","options":{"apiKey":"sk-secret-of-the-agent"},"models":{
                      "m":{"id":"m","variants":{"low":{},"high":{}}},"vendor/deep":{"id":"vendor/deep","variants":{}}}}],"default":{"mock":"m"}}
                    """);
                break;
            case ("POST", ["session"]):
                var id = NextId("ses");
                _sessions[id] = new CancellationTokenSource();
                Tell("session.created", new JsonObject { ["sessionID"] = id, ["info"] = new JsonObject { ["id"] = id } });
                await SendAsync(response, 200, new JsonObject { ["id"] = id, ["title"] = (string?)JsonNode.Parse(body)!["title"] }.ToJsonString());
                break;
            case ("GET", ["session", var known]) when _sessions.ContainsKey(known):
                await SendAsync(response, 200, new JsonObject { ["id"] = known }.ToJsonString());
                break;
            case ("DELETE", ["session", var known]) when _sessions.TryRemove(known, out _):
                await SendAsync(response, 200, "true");
                break;
            case ("POST", ["session", var known, "message"]) when _sessions.ContainsKey(known):
                var stop = _sessions[known] = new CancellationTokenSource();
                await new OpenCodeTurn(this, known, JsonNode.Parse(body)!, (status, reply) => SendAsync(response, status, reply)).RunAsync(stop.Token);
                break;
            case ("POST", ["session", var known, "abort"]) when _sessions.TryGetValue(known, out var running):
                await running.CancelAsync();
                await SendAsync(response, 200, "true");
                break;
            case ("POST", ["mcp"]):
                var added = JsonNode.Parse(body)!;
                _toolServers[(string)added["name"]!] = added["config"]!;
                await SendAsync(response, 200, "{}");
                break;
            case ("POST", ["mcp", var gone, "disconnect"]):
                await SendAsync(response, _toolServers.TryRemove(gone, out _) ? 200 : 404, "true");
                break;
            case ("POST", ["permission" or "question", var asked, _]):
                _asked.GetOrAdd(asked, _ => new TaskCompletionSource<string>()).TrySetResult(body.Length > 0 ? (string?)JsonNode.Parse(body)!["reply"] ?? "" : path[2]);
                await SendAsync(response, 200, "true");
                break;
            default:
                await SendAsync(response, 404, """{"name":"NotFoundError","data":{"message":"Session not found"}}""");
                break;
        }
    }

    async Task StreamAsync(HttpListenerResponse response)
    {
        var events = Channel.CreateUnbounded<string>();
        response.ContentType = "text/event-stream";
        response.SendChunked = true;
        _listeners[events] = 0;
        events.Writer.TryWrite("""{"id":"evt_0","type":"server.connected","properties":{}}""");
        try
        {
            await foreach (var text in events.Reader.ReadAllAsync())
            {
                await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($"data: {text}\n\n"));
                await response.OutputStream.FlushAsync();
            }
        }
        finally
        {
            _listeners.TryRemove(events, out _);
        }
    }

    static async Task SendAsync(HttpListenerResponse response, int status, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
        response.OutputStream.Close();
    }

    void Note(string line)
    {
        if (log.Length == 0) return;
        lock (_logging) File.AppendAllText(log, string.Create(CultureInfo.InvariantCulture, $"{line}\n"));
    }
}
