using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Framing;

/// <summary>A message of JSON-RPC 2.0: raw parts of the bytes that it was read from, empty where it has none.</summary>
public readonly ref struct JsonRpcMessage
{
    /// <summary>The method is not known.</summary>
    public const int MethodNotFound = -32601;

    /// <summary>The parameters are not as they must be.</summary>
    public const int InvalidParams = -32602;

    /// <summary>What the parameters name is not there (Agent Client Protocol).</summary>
    public const int ResourceNotFound = -32002;

    /// <summary>Somebody must log in first (Agent Client Protocol).</summary>
    public const int AuthRequired = -32000;

    /// <summary>Any other failure.</summary>
    public const int InternalError = -32603;

    /// <summary>The id as raw JSON; empty for a notification.</summary>
    public ReadOnlySpan<byte> Id { get; init; }

    /// <summary>The method; empty for a reply.</summary>
    public JsonText Method { get; init; }

    /// <summary>The parameters, if they are an object.</summary>
    public ReadOnlySpan<byte> Params { get; init; }

    /// <summary>A reply's result, if it is an object.</summary>
    public ReadOnlySpan<byte> Result { get; init; }

    /// <summary>A reply's error.</summary>
    public ReadOnlySpan<byte> Error { get; init; }

    /// <summary>Whether it answers a request.</summary>
    public bool IsReply => Method.IsEmpty && !Id.IsEmpty;

    /// <summary>Whether it asks for an answer.</summary>
    public bool IsRequest => !Method.IsEmpty && !Id.IsEmpty;

    /// <summary>Reads one message; throws <see cref="JsonException"/> when it is none.</summary>
    public static JsonRpcMessage Read(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> id = default, parameters = default, result = default, error = default;
        JsonText method = default;
        var json = new Utf8JsonReader(data, BodyReader.Options);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) id = json.ReadRaw(data);
            else if (json.ValueTextEquals("method"u8)) method = json.ReadText();
            else if (json.ValueTextEquals("params"u8)) parameters = json.ReadRawObject(data);
            else if (json.ValueTextEquals("result"u8)) result = json.ReadRawObject(data);
            else if (json.ValueTextEquals("error"u8)) error = json.ReadRawObject(data);
            else json.SkipValue();
        }
        return new JsonRpcMessage { Id = id, Method = method, Params = parameters, Result = result, Error = error };
    }

    /// <summary>The text of a parameter; empty when it is not there.</summary>
    public JsonText Parameter(ReadOnlySpan<byte> name)
    {
        if (Params.IsEmpty) return default;
        var json = new Utf8JsonReader(Params, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name)) return json.ReadText();
            json.SkipValue();
        }
        return default;
    }

    /// <summary>Appends the beginning of a reply, up to what is answered.</summary>
    public static void BeginReply(ReadOnlySpan<byte> id, PooledBuffer output)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(id);
        output.Write((byte)',');
    }

    /// <summary>Appends the beginning of a request, up to its parameters; it ends with another brace.</summary>
    public static void BeginRequest(long id, ReadOnlySpan<byte> method, PooledBuffer output)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(id);
        output.Write(",\"method\":\""u8);
        output.Write(method);
        output.Write("\",\"params\":"u8);
    }

    /// <summary>Appends the beginning of a notification, up to its parameters; it ends with another brace.</summary>
    public static void BeginNotification(ReadOnlySpan<byte> method, PooledBuffer output)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"method\":\""u8);
        output.Write(method);
        output.Write("\",\"params\":"u8);
    }

    /// <summary>Appends a reply that refuses.</summary>
    public static void WriteError(ReadOnlySpan<byte> id, int code, string message, PooledBuffer output)
    {
        BeginReply(id, output);
        output.Write("\"error\":{\"code\":"u8);
        output.Write(code);
        output.Write(",\"message\":"u8);
        output.WriteString(message);
        output.Write("}}"u8);
    }
}
