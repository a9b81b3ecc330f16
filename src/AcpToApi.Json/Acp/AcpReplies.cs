using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What an agent answers to all but prompts, each one line.</summary>
public static class AcpReplies
{
    /// <summary>The answer to <c>initialize</c>.</summary>
    public static void Initialized(ReadOnlySpan<byte> id, string version, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{\"loadSession\":false,\"promptCapabilities\":{\"image\":true,\"audio\":true,\"embeddedContext\":true},"u8);
        output.Write("\"mcpCapabilities\":{\"http\":false,\"sse\":false}},\"authMethods\":[],\"agentInfo\":{\"name\":\"acptoapi\",\"title\":\"AcpToApi\",\"version\":"u8);
        output.WriteString(version);
        output.Write("}}}\n"u8);
    }

    /// <summary>The answer to <c>session/new</c>: the models both as a configuration option and in the older form.</summary>
    public static void Opened(ReadOnlySpan<byte> id, string sessionId, IReadOnlyList<string> models, string current, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"sessionId\":"u8);
        output.WriteString(sessionId);
        output.Write(",\"models\":{\"currentModelId\":"u8);
        output.WriteString(current);
        output.Write(",\"availableModels\":["u8);
        WriteEach(models, "{\"modelId\":"u8, output);
        output.Write("]},\"configOptions\":["u8);
        WriteOption(models, current, output);
        output.Write("]}}\n"u8);
    }

    /// <summary>The answer to <c>session/set_config_option</c>: all options as they are now.</summary>
    public static void Configured(ReadOnlySpan<byte> id, IReadOnlyList<string> models, string current, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"configOptions\":["u8);
        WriteOption(models, current, output);
        output.Write("]}}\n"u8);
    }

    /// <summary>An answer that says only that it was done.</summary>
    public static void Done(ReadOnlySpan<byte> id, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{}}\n"u8);
    }

    static void WriteOption(IReadOnlyList<string> models, string current, PooledBuffer output)
    {
        output.Write("{\"id\":\"model\",\"name\":\"Model\",\"category\":\"model\",\"type\":\"select\",\"currentValue\":"u8);
        output.WriteString(current);
        output.Write(",\"options\":["u8);
        WriteEach(models, "{\"value\":"u8, output);
        output.Write("]}"u8);
    }

    static void WriteEach(IReadOnlyList<string> models, ReadOnlySpan<byte> field, PooledBuffer output)
    {
        for (var i = 0; i < models.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            output.Write(field);
            output.WriteString(models[i]);
            output.Write(",\"name\":"u8);
            output.WriteString(models[i]);
            output.Write((byte)'}');
        }
    }
}
