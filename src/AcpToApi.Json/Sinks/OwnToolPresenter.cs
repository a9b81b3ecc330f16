using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>
/// Tells a client, in the events that every dialect has, which tools an agent ran by itself. Calls are numbered anew, since the client's tools and
/// the agent's own ones may both be called.
/// </summary>
public sealed class OwnToolPresenter(IEventSink next, OwnTools mode) : ForwardingSink(next), IAgentSink
{
    readonly Dictionary<string, string> _names = [];
    int _calls;
    bool _hasArguments;
    bool _hasText;
    bool _isApart;

    /// <inheritdoc/>
    public void OwnToolStart(JsonText id, JsonText name)
    {
        _names[id.ToString()] = name.ToString();
        _hasArguments = false;
        switch (mode)
        {
            case OwnTools.Calls:
                base.ToolCallStart(_calls, id, name);
                break;
            case OwnTools.Text or OwnTools.Reasoning:
                Say("\n\n<tool_call name=\""u8, name, "\">\n"u8);
                break;
        }
    }

    /// <inheritdoc/>
    public void OwnToolArguments(JsonText fragment)
    {
        _hasArguments = true;
        if (mode == OwnTools.Calls) base.ToolCallArguments(_calls, fragment);
        else Say(fragment);
    }

    /// <inheritdoc/>
    public void OwnToolEnd()
    {
        // What the model says before and after a tool are two texts, even where nothing of the tool stands between them.
        _isApart |= _hasText && mode is (OwnTools.Hidden or OwnTools.Reasoning);
        if (mode == OwnTools.Calls) base.ToolCallEnd(_calls++);
        else Say(JsonText.Plain(_hasArguments ? "\n</tool_call>\n\n"u8 : "{}\n</tool_call>\n\n"u8));
    }

    /// <inheritdoc/>
    public void OwnToolResult(JsonText id, JsonText text, bool failed)
    {
        if (mode == OwnTools.Hidden) return;
        var name = JsonString.Of(_names.GetValueOrDefault(id.ToString(), "tool"));
        Say("\n\n<tool_result name=\""u8, name.Text, failed ? "\" failed=\"true\">\n"u8 : "\">\n"u8);
        Say(text);
        Say(JsonText.Plain("\n</tool_result>\n\n"u8));
    }

    /// <inheritdoc/>
    public override void Text(JsonText text)
    {
        if (_isApart) base.Text(JsonText.Plain("\n\n"u8));
        (_isApart, _hasText) = (false, true);
        base.Text(text);
    }

    /// <inheritdoc/>
    public override void ToolCallStart(int index, JsonText id, JsonText name) => base.ToolCallStart(_calls, id, name);

    /// <inheritdoc/>
    public override void ToolCallArguments(int index, JsonText fragment) => base.ToolCallArguments(_calls, fragment);

    /// <inheritdoc/>
    public override void ToolCallEnd(int index) => base.ToolCallEnd(_calls++);

    void Say(ReadOnlySpan<byte> before, JsonText middle, ReadOnlySpan<byte> after)
    {
        using var text = new PooledBuffer();
        text.Write(before);
        middle.WriteDecoded(text);
        text.Write(after);
        Say(JsonText.Plain(text.Written));
    }

    void Say(JsonText text)
    {
        if (text.IsEmpty) return;
        if (mode == OwnTools.Reasoning) Reasoning(text);
        else if (mode != OwnTools.Hidden) Text(text);
    }
}
