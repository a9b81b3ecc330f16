using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>Where an agent finds the client's tools.</summary>
/// <param name="Url">The tool server.</param>
/// <param name="Secret">What it must send there as a bearer token.</param>
public sealed record AcpToolServer(string Url, string Secret);

/// <summary>What a client of the protocol says to an agent, each one line without its end.</summary>
public static class AcpRequests
{
    /// <summary><c>initialize</c>; with <paramref name="files"/> the agent may have files read and written, with <paramref name="terminals"/> commands run.</summary>
    public static void Initialize(long id, bool files, bool terminals, string version, PooledBuffer output)
    {
        JsonRpcMessage.BeginRequest(id, "initialize"u8, output);
        output.Write("{\"protocolVersion\":1,\"clientCapabilities\":{\"fs\":{\"readTextFile\":"u8);
        output.WriteBool(files);
        output.Write(",\"writeTextFile\":"u8);
        output.WriteBool(files);
        output.Write("},\"terminal\":"u8);
        output.WriteBool(terminals);
        output.Write("},\"clientInfo\":{\"name\":\"acptoapi\",\"title\":\"AcpToApi\",\"version\":"u8);
        output.WriteString(version);
        output.Write("}}}"u8);
    }

    /// <summary><c>authenticate</c>.</summary>
    public static void Authenticate(long id, string method, PooledBuffer output)
    {
        JsonRpcMessage.BeginRequest(id, "authenticate"u8, output);
        output.Write("{\"methodId\":"u8);
        output.WriteString(method);
        output.Write("}}"u8);
    }

    /// <summary><c>session/new</c>, or <c>session/load</c> when there is a session to load.</summary>
    public static void Open(long id, string? sessionId, string folder, AcpToolServer? tools, PooledBuffer output)
    {
        JsonRpcMessage.BeginRequest(id, sessionId is null ? "session/new"u8 : "session/load"u8, output);
        output.Write("{\"cwd\":"u8);
        output.WriteString(folder);
        if (sessionId is not null)
        {
            output.Write(",\"sessionId\":"u8);
            output.WriteString(sessionId);
        }
        output.Write(",\"mcpServers\":["u8);
        if (tools is not null)
        {
            output.Write("{\"type\":\"http\",\"name\":"u8);
            output.WriteString(McpToolServer.ServerName);
            output.Write(",\"url\":"u8);
            output.WriteString(tools.Url);
            output.Write(",\"headers\":[{\"name\":\"authorization\",\"value\":"u8);
            output.WriteString("Bearer " + tools.Secret);
            output.Write("}]}"u8);
        }
        output.Write("]}}"u8);
    }

    /// <summary><c>session/prompt</c> with the new part of a chat; names in <paramref name="ignored"/> what cannot be carried.</summary>
    public static void Prompt(long id, string sessionId, ChatRequest request, AcpFormat format, int first, PooledBuffer output, IgnoredFields ignored)
    {
        JsonRpcMessage.BeginRequest(id, "session/prompt"u8, output);
        output.Write("{\"sessionId\":"u8);
        output.WriteString(sessionId);
        output.Write(",\"prompt\":"u8);
        format.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, true) { FirstMessage = first }, output, ignored);
        output.Write("}}"u8);
    }

    /// <summary><c>session/cancel</c>.</summary>
    public static void Cancel(string sessionId, PooledBuffer output)
    {
        JsonRpcMessage.BeginNotification("session/cancel"u8, output);
        output.Write("{\"sessionId\":"u8);
        output.WriteString(sessionId);
        output.Write("}}"u8);
    }

    /// <summary>A request that needs the session only (<c>session/close</c>, <c>session/delete</c>).</summary>
    public static void About(long id, ReadOnlySpan<byte> method, string sessionId, PooledBuffer output)
    {
        JsonRpcMessage.BeginRequest(id, method, output);
        output.Write("{\"sessionId\":"u8);
        output.WriteString(sessionId);
        output.Write("}}"u8);
    }

    /// <summary>Chooses a configuration option, or what has a method of its own: <c>session/set_model</c> (in no specification), <c>session/set_mode</c>.</summary>
    public static void Choose(long id, string sessionId, AcpChoice choice, bool isModel, string value, PooledBuffer output)
    {
        JsonRpcMessage.BeginRequest(id, choice.ConfigId is not null ? "session/set_config_option"u8 : isModel ? "session/set_model"u8 : "session/set_mode"u8, output);
        output.Write("{\"sessionId\":"u8);
        output.WriteString(sessionId);
        if (choice.ConfigId is { } option)
        {
            output.Write(",\"configId\":"u8);
            output.WriteString(option);
        }
        output.Write(choice.ConfigId is not null ? ",\"value\":"u8 : isModel ? ",\"modelId\":"u8 : ",\"modeId\":"u8);
        output.WriteString(value);
        output.Write("}}"u8);
    }

    /// <summary>Answers a request for permission with the option of the wanted kind; with "cancelled" where there is none.</summary>
    public static void Permit(in JsonRpcMessage request, bool granted, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(request.Id, output);
        var option = OptionOf(request.Params, granted ? "allow_once"u8 : "reject_once"u8);
        if (option.IsEmpty)
        {
            output.Write("\"result\":{\"outcome\":{\"outcome\":\"cancelled\"}}}"u8);
            return;
        }
        output.Write("\"result\":{\"outcome\":{\"outcome\":\"selected\",\"optionId\":"u8);
        output.WriteString(option);
        output.Write("}}}"u8);
    }

    /// <summary>Whether a permission is asked for a call of one of the client's tools.</summary>
    public static bool IsForTool(in JsonRpcMessage request, McpToolServer tools)
    {
        var call = AcpUpdate.Read(request, "toolCall"u8);
        // A command or a file may be called like anything.
        return (call.ToolKind.IsEmpty || call.ToolKind.Is("other"u8)) && tools.InTitle(call.Title.ToString()) is not null;
    }

    /// <summary>Answers <c>fs/read_text_file</c>.</summary>
    public static void FileRead(ReadOnlySpan<byte> id, ReadOnlySpan<byte> content, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"content\":"u8);
        output.WriteString(JsonText.Plain(content));
        output.Write("}}"u8);
    }

    /// <summary>Answers what has no result but that it is done (<c>fs/write_text_file</c>, <c>terminal/kill</c>, <c>terminal/release</c>).</summary>
    public static void Done(ReadOnlySpan<byte> id, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{}}"u8);
    }

    static JsonText OptionOf(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> wanted)
    {
        var json = new Utf8JsonReader(parameters, BodyReader.Options);
        if (!json.Read()) return default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!json.ValueTextEquals("options"u8))
            {
                json.SkipValue();
                continue;
            }
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                JsonText kind = default, id = default;
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    if (json.ValueTextEquals("kind"u8)) kind = json.ReadText();
                    else if (json.ValueTextEquals("optionId"u8)) id = json.ReadText();
                    else json.SkipValue();
                }
                if (kind.Is(wanted)) return id;
            }
            return default;
        }
        return default;
    }
}
