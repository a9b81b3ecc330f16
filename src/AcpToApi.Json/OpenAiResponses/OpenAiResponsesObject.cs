using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>The <c>response</c> object that the first and last events of a stream carry whole, and that is the answer where there is no stream.</summary>
sealed class OpenAiResponsesObject(ResponseContext context) : IDisposable
{
    readonly PooledBuffer _head = new();
    readonly PooledBuffer _echo = new();

    /// <summary>The output items that are complete, separated by commas.</summary>
    public PooledBuffer Items { get; } = new();

    /// <summary>Token counts; null until they are known.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>The answer begins. Its id is ours and not the upstream's, so that a server that stores it knows it from the start.</summary>
    public void Start(in ResponseStart start)
    {
        Usage = start.Usage;
        _head.Write("{\"id\":\"resp_"u8);
        JsonString.Of(context.Id).Text.WriteEscaped(_head);
        _head.Write("\",\"object\":\"response\",\"created_at\":"u8);
        _head.Write(context.Created);
        _head.Write(",\"model\":"u8);
        _head.WriteString(start.Model.IsEmpty ? context.Model.Text : start.Model);
        OpenAiResponsesEcho.Write(context.Request, _echo);
    }

    /// <summary>Appends the object as it is while the answer is made.</summary>
    public void WriteUnfinished(PooledBuffer output)
    {
        output.Write(_head.Written);
        output.Write(",\"status\":\"in_progress\",\"error\":null,\"incomplete_details\":null"u8);
        output.Write(_echo.Written);
        output.Write(",\"output\":[]}"u8);
    }

    /// <summary>Appends the object as it is in the end; <paramref name="reason"/> when it is incomplete, <paramref name="error"/> when it failed.</summary>
    public void WriteFinished(ReadOnlySpan<byte> status, ReadOnlySpan<byte> reason, BridgeError? error, PooledBuffer output)
    {
        output.Write(_head.Written);
        output.Write(",\"status\":\""u8);
        output.Write(status);
        output.Write("\",\"error\":"u8);
        if (error is null) output.Write("null"u8);
        else OpenAiResponsesErrors.WriteInAnswer(error, output);
        output.Write(",\"incomplete_details\":"u8);
        if (reason.IsEmpty) output.Write("null"u8);
        else
        {
            output.Write("{\"reason\":\""u8);
            output.Write(reason);
            output.Write("\"}"u8);
        }
        output.Write(_echo.Written);
        output.Write(",\"output\":["u8);
        output.Write(Items.Written);
        output.Write((byte)']');
        if (Usage is { } usage) OpenAiResponsesUsage.Write(usage, output);
        output.Write((byte)'}');
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _head.Dispose();
        _echo.Dispose();
        Items.Dispose();
    }
}
