using AcpToApi.Json.Model;

namespace AcpToApi.Json.Sinks;

/// <summary>Gives tool calls the names that the client knows.</summary>
sealed class ToolNameRestorer(IReadOnlyDictionary<string, JsonString> originals, IEventSink next) : ForwardingSink(next)
{
    /// <inheritdoc/>
    public override void ToolCallStart(int index, JsonText id, JsonText name) =>
        base.ToolCallStart(index, id, originals.TryGetValue(name.ToString(), out var original) ? original.Text : name);
}
