namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Which kind of block each index of the running message is, so that a delta is understood by its block.</summary>
sealed class AnthropicBlockTable
{
    // Far beyond any real answer; a hostile index must not make a hostile allocation.
    const int MostBlocks = 4096;

    AnthropicBlockKind?[] _kinds = new AnthropicBlockKind?[16];
    AnthropicBlockKind? _latest;

    /// <summary>Another message begins: its blocks are counted anew.</summary>
    public void Clear()
    {
        Array.Clear(_kinds);
        _latest = null;
    }

    /// <summary>A block begins; <paramref name="index"/> is -1 when the event has none.</summary>
    public void Open(int index, AnthropicBlockKind kind)
    {
        _latest = kind;
        if (index is < 0 or >= MostBlocks) return;
        if (index >= _kinds.Length) Array.Resize(ref _kinds, Math.Max(_kinds.Length * 2, index + 1));
        _kinds[index] = kind;
    }

    /// <summary>The kind of the block that a delta belongs to; of a block that never began, what the delta itself looks like.</summary>
    public AnthropicBlockKind KindOf(int index, in AnthropicBlock delta)
    {
        var known = index >= 0 && index < _kinds.Length ? _kinds[index] : _latest;
        if (known is { } kind) return kind;
        // Arguments can only be those of the latest block, whose start had no index.
        if (!delta.PartialJson.IsEmpty) return _latest ?? AnthropicBlockKind.Foreign;
        if (!delta.Text.IsEmpty) return AnthropicBlockKind.Text;
        return delta.Thinking.IsEmpty ? AnthropicBlockKind.Foreign : AnthropicBlockKind.Thinking;
    }
}
