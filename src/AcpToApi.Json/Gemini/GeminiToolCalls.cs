using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// The calls of one answer. Mostly a call is whole in one part; where it comes in pieces, the first has the name, and one without
/// <c>willContinue</c> is the last (which some streams leave out).
/// </summary>
sealed class GeminiToolCalls(int maxIdLength) : IDisposable
{
    readonly PooledBuffer _id = new();
    readonly PooledBuffer _arguments = new();
    GeminiPartialArgs? _partial;

    /// <summary>Number of calls begun so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a call has begun and not ended.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Takes a call or a piece of one.</summary>
    public void Read(in GeminiCall call, JsonText signature, IEventSink sink)
    {
        if (!call.Name.IsEmpty)
        {
            End(sink);
            Begin(call, signature, sink);
        }
        // An end mark whose call has been ended by something else, or a call of nothing.
        if (!IsOpen) return;
        if (!call.PartialArgs.IsEmpty) (_partial ??= new GeminiPartialArgs()).Add(call.PartialArgs);
        if (call.Args.Length > 2)
        {
            _arguments.Clear();
            _arguments.Write(call.Args);
        }
        if (!call.WillContinue) End(sink);
    }

    /// <summary>Ends the open call, if there is one.</summary>
    public void End(IEventSink sink)
    {
        if (!IsOpen) return;
        IsOpen = false;
        if (_partial is { IsEmpty: false } partial)
        {
            _arguments.Clear();
            partial.Write(_arguments);
            partial.Clear();
        }
        if (_arguments.Length > 0) sink.ToolCallArguments(Count - 1, JsonText.Plain(_arguments.Written));
        sink.ToolCallEnd(Count - 1);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _id.Dispose();
        _arguments.Dispose();
    }

    void Begin(in GeminiCall call, JsonText signature, IEventSink sink)
    {
        IsOpen = true;
        _arguments.Clear();
        var index = Count++;
        if (signature.IsEmpty)
        {
            sink.ToolCallStart(index, call.Id, call.Name);
            return;
        }
        _id.Clear();
        CarriedSignature.Write(call.Id, signature, index, maxIdLength, _id);
        sink.ToolCallStart(index, JsonText.Plain(_id.Written), call.Name);
    }
}
