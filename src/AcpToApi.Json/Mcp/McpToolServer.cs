using System.Text.Json;
using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Mcp;

/// <summary>A call of one of the client's tools that waits for its result.</summary>
/// <param name="RpcId">The id of the JSON-RPC request, as raw JSON.</param>
/// <param name="Name">The tool's name as the client knows it.</param>
/// <param name="Arguments">Its arguments: a JSON object.</param>
/// <param name="ToolUseId">The id of the call in the agent's own stream, if the agent tells it (Claude Code does); null if not.</param>
public sealed record McpCall(byte[] RpcId, string Name, byte[] Arguments, string? ToolUseId);

/// <summary>
/// The client's tools as a server of the Model Context Protocol offers them to an agent: JSON-RPC messages in, replies out, whatever carries them.
/// It owns what it needs of the tools, for it outlives the request that brought them.
/// </summary>
public sealed class McpToolServer
{
    /// <summary>Longest name on offer: agents put a prefix in front (<c>mcp__client__</c>), and the whole must fit into the 64 characters that models take.</summary>
    public const int MaxNameLength = 48;

    /// <summary>The name of the server, which agents make their prefix of.</summary>
    public const string Name = "client";

    /// <summary>What agents are told that the server is called; it becomes part of the names of its tools.</summary>
    public const string ServerName = "client";

    // gemini-cli's titles.
    const string TitleEnd = $" ({ServerName} MCP Server)";

    readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    readonly byte[] _list;

    /// <summary>A server that offers these tools.</summary>
    public McpToolServer(IEnumerable<ToolDefinition> tools)
    {
        using var list = new PooledBuffer();
        list.Write("{\"tools\":["u8);
        foreach (var tool in tools)
        {
            if (_names.Count > 0) list.Write((byte)',');
            var name = ToolNames.Fit(tool.Name, MaxNameLength);
            _names[name.ToString()] = tool.Name.ToString();
            list.Write("{\"name\":"u8);
            list.WriteString(name.Text);
            list.Write(",\"description\":"u8);
            list.WriteString((tool.Description ?? default).Text);
            list.Write(",\"inputSchema\":"u8);
            AnthropicToolSchema.Write(tool.Schema ?? default, list);
            // Agents run only such tools at the same time; what a tool really does is the client's business, which runs it.
            list.Write(",\"annotations\":{\"readOnlyHint\":true}}"u8);
        }
        list.Write("]}"u8);
        // Carried on one line by those that talk in lines.
        list.JoinLines(0);
        _list = list.Written.ToArray();
    }

    /// <summary>Whether an agent that knows the tools of the other one knows these.</summary>
    public bool OffersSameAs(McpToolServer other) => _list.AsSpan().SequenceEqual(other._list);

    /// <summary>The name under which agents know a tool of the client's, without their own prefix.</summary>
    public static JsonString Offered(JsonString name) => ToolNames.Fit(name, MaxNameLength);

    /// <summary>The client's name for a tool, whatever an agent put in front of it (<c>mcp__client__</c>, <c>client_</c>); null when it is none of the client's.</summary>
    public string? Original(string name)
    {
        if (_names.TryGetValue(name, out var exact)) return exact;
        foreach (var (offered, original) in _names)
        {
            if (name.EndsWith("_" + offered, StringComparison.Ordinal)) return original;
        }
        return null;
    }

    /// <summary>
    /// The tool that an agent's title of a call means, by the name that it was offered under: with what agents put around the names of this server's tools, exactly.
    /// </summary>
    public string? InTitle(string title)
    {
        if (title.EndsWith(TitleEnd, StringComparison.Ordinal)) return Known(title[..^TitleEnd.Length]);
        foreach (var prefix in (ReadOnlySpan<string>)[$"mcp__{ServerName}__", $"mcp_{ServerName}_", $"{ServerName}_"])
        {
            if (title.StartsWith(prefix, StringComparison.Ordinal) && Known(title[prefix.Length..]) is { } name) return name;
        }
        return null;
    }

    /// <summary>
    /// Takes a message. What is answered at once is appended to <paramref name="reply"/>, which stays as it is for notifications; a call is
    /// returned, and answered later with <see cref="WriteResult"/> or <see cref="WriteFailure"/>. Throws <see cref="JsonException"/> when it is no JSON-RPC.
    /// </summary>
    public McpCall? Take(ReadOnlySpan<byte> message, PooledBuffer reply)
    {
        var read = JsonRpcMessage.Read(message);
        if (read.Id.IsEmpty) return null;
        if (read.Method.Is("tools/call"u8)) return CallOf(read);
        JsonRpcMessage.BeginReply(read.Id, reply);
        if (read.Method.Is("initialize"u8))
        {
            reply.Write("\"result\":{\"protocolVersion\":"u8);
            reply.WriteString(VersionOf(read.Params));
            reply.Write(",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"client\",\"version\":\"1\"}}}"u8);
        }
        else if (read.Method.Is("tools/list"u8))
        {
            reply.Write("\"result\":"u8);
            reply.Write(_list);
            reply.Write((byte)'}');
        }
        else if (read.Method.Is("ping"u8)) reply.Write("\"result\":{}}"u8);
        else reply.Write("\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}"u8);
        return null;
    }

    /// <summary>Answers a call with what the client's tool returned.</summary>
    public static void WriteResult(McpCall call, ToolResultPart result, PooledBuffer reply)
    {
        JsonRpcMessage.BeginReply(call.RpcId, reply);
        reply.Write("\"result\":{\"content\":["u8);
        var any = false;
        foreach (var part in result.Content)
        {
            if (part is not (TextPart or MediaPart { Kind: MediaKind.Image, Data: not null })) continue;
            if (any) reply.Write((byte)',');
            any = true;
            if (part is TextPart text)
            {
                reply.Write("{\"type\":\"text\",\"text\":"u8);
                reply.WriteString(text.Text.Text);
            }
            else if (part is MediaPart media)
            {
                reply.Write("{\"type\":\"image\",\"data\":"u8);
                reply.WriteString(media.Data!.Value.Text);
                reply.Write(",\"mimeType\":"u8);
                reply.WriteString((media.MediaType ?? JsonString.Of("image/png")).Text);
            }
            reply.Write((byte)'}');
        }
        reply.Write(result.IsError ? "],\"isError\":true}}"u8 : "]}}"u8);
    }

    /// <summary>Answers a call that the client never brought a result for.</summary>
    public static void WriteFailure(McpCall call, string why, PooledBuffer reply)
    {
        JsonRpcMessage.BeginReply(call.RpcId, reply);
        reply.Write("\"result\":{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":"u8);
        reply.WriteString(why);
        reply.Write("}]}}"u8);
    }

    string? Known(string name) => _names.ContainsKey(name) ? name : null;

    McpCall CallOf(in JsonRpcMessage read)
    {
        var (name, arguments, toolUseId) = ("", "{}"u8.ToArray(), default(string));
        var json = new Utf8JsonReader(read.Params);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("name"u8)) name = json.ReadText().ToString();
            else if (json.ValueTextEquals("arguments"u8))
            {
                var given = json.ReadRawObject(read.Params);
                if (!given.IsEmpty) arguments = given.ToArray();
            }
            else if (json.ValueTextEquals("_meta"u8)) toolUseId = ToolUseIdOf(json.ReadRawObject(read.Params));
            else json.SkipValue();
        }
        return new McpCall(read.Id.ToArray(), _names.GetValueOrDefault(name, name), arguments, toolUseId);
    }

    // Claude Code names the block of its stream here.
    static string? ToolUseIdOf(ReadOnlySpan<byte> meta)
    {
        if (meta.IsEmpty) return null;
        var json = new Utf8JsonReader(meta);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("claudecode/toolUseId"u8)) return json.ReadText() is { IsEmpty: false } id ? id.ToString() : null;
            json.SkipValue();
        }
        return null;
    }

    static JsonText VersionOf(ReadOnlySpan<byte> parameters)
    {
        var json = new Utf8JsonReader(parameters.IsEmpty ? "{}"u8 : parameters);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("protocolVersion"u8)) return json.ReadText();
            json.SkipValue();
        }
        return JsonText.Plain("2025-06-18"u8);
    }
}
