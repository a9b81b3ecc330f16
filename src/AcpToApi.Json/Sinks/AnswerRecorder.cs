using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>Keeps what an answer says, as the client will send it back: its text and the names of called tools.</summary>
public sealed class AnswerRecorder(IEventSink next) : ForwardingSink(next), IDisposable
{
    readonly PooledBuffer _text = new();

    /// <summary>The text so far, decoded.</summary>
    public ReadOnlySpan<byte> SaidText => _text.Written;

    /// <summary>The names of the tools that were called.</summary>
    public List<string> Calls { get; } = [];

    /// <inheritdoc/>
    public override void Text(JsonText text)
    {
        text.WriteDecoded(_text);
        base.Text(text);
    }

    /// <inheritdoc/>
    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        Calls.Add(name.ToString());
        base.ToolCallStart(index, id, name);
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();
}
