using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>Writes the lines of the CLI's control protocol.</summary>
public static class ClaudeControl
{
    /// <summary>The name for the model that the CLI chooses by itself.</summary>
    public const string DefaultModel = "default";

    /// <summary>The models that the CLI knows by these names without asking its provider, which costs a token.</summary>
    public static readonly string[] KnownModels = ["sonnet", "opus", "haiku"];

    /// <summary>How the line of a turn ends that the CLI only takes note of.</summary>
    public static ReadOnlySpan<byte> NoQuery => ",\"shouldQuery\":false}\n"u8;

    /// <summary>
    /// The first request: how the process is to behave. <paramref name="system"/> takes the place of its system prompt, or is added to it
    /// (<paramref name="appendsSystem"/>).
    /// </summary>
    public static void WriteInitialize(ReadOnlySpan<byte> system, bool appendsSystem, ResponseFormat? form, bool hasTools, PooledBuffer output)
    {
        Begin("initialize", "initialize"u8, output);
        if (!appendsSystem || !system.IsEmpty)
        {
            output.Write(appendsSystem ? ",\"appendSystemPrompt\":"u8 : ",\"systemPrompt\":"u8);
            output.WriteString(JsonText.Plain(system));
        }
        if (hasTools) output.Write(",\"sdkMcpServers\":[\"client\"]"u8);
        if (form?.Schema is { } schema)
        {
            output.Write(",\"jsonSchema\":"u8);
            var start = output.Length;
            output.Write(schema.Span);
            output.JoinLines(start);
        }
        output.Write("}}\n"u8);
    }

    /// <summary>Asks for a model; null for the one that the CLI chooses by itself.</summary>
    public static void WriteModel(string id, string? model, PooledBuffer output)
    {
        Begin(id, "set_model"u8, output);
        output.Write(",\"model\":"u8);
        output.WriteString(model ?? DefaultModel);
        output.Write("}}\n"u8);
    }

    /// <summary>Asks for an effort of reasoning; null for the CLI's own.</summary>
    public static void WriteEffort(string id, string? effort, PooledBuffer output)
    {
        Begin(id, "apply_flag_settings"u8, output);
        output.Write(",\"settings\":{\"effortLevel\":"u8);
        if (effort is null) output.Write("null"u8);
        else output.WriteString(effort);
        output.Write("}}}\n"u8);
    }

    /// <summary>Has the turn end.</summary>
    public static void WriteInterrupt(string id, PooledBuffer output)
    {
        Begin(id, "interrupt"u8, output);
        output.Write("}}\n"u8);
    }

    /// <summary>Answers a request of the CLI's for permission.</summary>
    public static void WritePermission(string id, bool isGranted, ReadOnlySpan<byte> input, PooledBuffer output)
    {
        BeginReply(id, output);
        if (isGranted)
        {
            output.Write("{\"behavior\":\"allow\",\"updatedInput\":"u8);
            output.Write(input.IsEmpty ? "{}"u8 : input);
        }
        else output.Write("{\"behavior\":\"deny\",\"message\":\"The user of this bridge has not allowed it (--permissions reject).\""u8);
        output.Write("}}}\n"u8);
    }

    /// <summary>Answers a message of the CLI's to the client's tools; an empty <paramref name="reply"/> only confirms a notification.</summary>
    public static void WriteMcpReply(string id, ReadOnlySpan<byte> reply, PooledBuffer output)
    {
        BeginReply(id, output);
        output.Write("{\"mcp_response\":"u8);
        output.Write(reply.IsEmpty ? "{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":0}"u8 : reply);
        output.Write("}}}\n"u8);
    }

    /// <summary>Refuses a request of the CLI's that is not known here.</summary>
    public static void WriteRefusal(string id, PooledBuffer output)
    {
        output.Write("{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\",\"request_id\":"u8);
        output.WriteString(id);
        output.Write(",\"error\":\"not supported\"}}\n"u8);
    }

    static void Begin(string id, ReadOnlySpan<byte> subtype, PooledBuffer output)
    {
        output.Write("{\"type\":\"control_request\",\"request_id\":"u8);
        output.WriteString(id);
        output.Write(",\"request\":{\"subtype\":\""u8);
        output.Write(subtype);
        output.Write((byte)'"');
    }

    static void BeginReply(string id, PooledBuffer output)
    {
        output.Write("{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\",\"request_id\":"u8);
        output.WriteString(id);
        output.Write(",\"response\":"u8);
    }
}
