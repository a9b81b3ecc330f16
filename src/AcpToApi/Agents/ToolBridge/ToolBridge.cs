using System.Net;
using System.Text.Json;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AcpToApi.Agents.ToolBridge;

/// <summary>
/// Offers clients' tools to agents that take tool servers over HTTP (MCP, streamable HTTP, plain JSON replies), on this server's own port: each session has
/// an address and a secret of its own. A call stays open until the client has brought its result.
/// </summary>
sealed class ToolBridge(IServer server, IHostApplicationLifetime lifetime)
{
    /// <summary>Where the addresses begin.</summary>
    public const string Path = "/mcp/";

    // Runtimes give up on a reply that shows no life for some minutes; white space may stand before a JSON value (RFC 8259, section 2).
    static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);
    static readonly byte[] Space = " "u8.ToArray();

    readonly Lock _gate = new();
    readonly Dictionary<string, ToolEndpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>Opens an address for these tools.</summary>
    public ToolEndpoint Open(IEnumerable<ToolDefinition> tools)
    {
        var endpoint = new ToolEndpoint(this, tools);
        lock (_gate) _endpoints[endpoint.Id] = endpoint;
        return endpoint;
    }

    /// <summary>Closes an address.</summary>
    public void Close(ToolEndpoint endpoint)
    {
        lock (_gate) _endpoints.Remove(endpoint.Id);
    }

    /// <summary>The address of an endpoint, as a program on this machine reaches it.</summary>
    public string UrlOf(string id)
    {
        var address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var host = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)) ? "127.0.0.1" : address.Host;
        return $"http://{host}:{address.Port}{Path}{id}";
    }

    /// <summary>Answers an agent.</summary>
    public async Task HandleAsync(HttpContext http, string id)
    {
        ToolEndpoint? endpoint;
        lock (_gate) _endpoints.TryGetValue(id, out endpoint);
        if (endpoint is null) throw new BridgeException(new BridgeError(ErrorKind.NotFound, 404, "There are no tools at this address (any more)."));
        if (!ClientKeys.Of(http.Request).Any(given => ClientKeys.Same(given, endpoint.Secret)))
        {
            throw new BridgeException(new BridgeError(ErrorKind.Authentication, 401, "The tools at this address need the secret that came with it."));
        }
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        using var reply = new PooledBuffer();
        WaitingCall? waiting = null;
        try
        {
            if (endpoint.Server.Take(body.Written, reply) is { } call) waiting = endpoint.Park(call);
        }
        catch (JsonException)
        {
            throw new BridgeException(BridgeError.InvalidRequest("The body is not a message of JSON-RPC."));
        }
        if (waiting is not null) await AnswerAsync(http, endpoint, waiting);
        else if (reply.Length == 0) http.Response.StatusCode = StatusCodes.Status202Accepted;
        else
        {
            http.Response.ContentType = "application/json";
            await http.Response.BodyWriter.WriteAsync(reply.WrittenMemory, http.RequestAborted);
        }
    }

    async Task AnswerAsync(HttpContext http, ToolEndpoint endpoint, WaitingCall waiting)
    {
        http.Response.ContentType = "application/json";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            while (await Task.WhenAny(waiting.Reply, Task.Delay(SignOfLife, ended.Token)) != waiting.Reply)
            {
                http.RequestAborted.ThrowIfCancellationRequested();
                // No client can come back with a result any more, and the server's end waits for this request.
                if (ended.IsCancellationRequested) waiting.Fail("The server is about to end.");
                else await http.Response.BodyWriter.WriteAsync(Space, http.RequestAborted);
            }
            await http.Response.BodyWriter.WriteAsync(await waiting.Reply, http.RequestAborted);
        }
        finally
        {
            endpoint.Remove(waiting);
        }
    }
}
