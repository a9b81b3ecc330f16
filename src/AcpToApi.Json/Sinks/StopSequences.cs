using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>
/// Ends an answer at a stop sequence for upstreams that know none: the text before it is handed on, nothing after it. What may be the beginning of
/// one is held back, so never more than the longest sequence but one byte.
/// </summary>
public sealed class StopSequences : ForwardingSink, IDisposable
{
    // \uXXXX
    const int EscapeLength = 6;

    readonly byte[][] _sequences;
    readonly PooledBuffer _held = new();
    readonly PooledBuffer _half = new();
    readonly PooledBuffer _logprobs = new();
    byte[]? _hit;

    /// <summary>Watches for the sequences that a client has asked to stop at.</summary>
    public StopSequences(IReadOnlyList<JsonString> sequences, IEventSink next) : base(next)
    {
        _sequences = new byte[sequences.Count][];
        for (var i = 0; i < _sequences.Length; i++)
        {
            _held.Clear();
            sequences[i].Text.WriteDecoded(_held);
            _sequences[i] = _held.Written.ToArray();
        }
        _held.Clear();
    }

    /// <summary>Whether a sequence has come up, so that no more need be read: the answer only has to be finished.</summary>
    public bool HasStopped => _hit is not null;

    /// <inheritdoc/>
    public override void Text(JsonText text)
    {
        if (HasStopped) return;
        Take(text);
        var length = FindHit(_held.Written);
        Release(HasStopped ? length : _held.Length - PossibleBeginning(_held.Written));
        if (HasStopped) _held.Clear();
    }

    /// <inheritdoc/>
    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        // They belong to text that may be held back.
        if (HasStopped) return;
        if (_logprobs.Length > 0) _logprobs.Write((byte)',');
        _logprobs.Write(tokens);
    }

    /// <inheritdoc/>
    public override void Reasoning(JsonText text)
    {
        if (GoesOn()) base.Reasoning(text);
    }

    /// <inheritdoc/>
    public override void ReasoningSignature(JsonText signature)
    {
        if (GoesOn()) base.ReasoningSignature(signature);
    }

    /// <inheritdoc/>
    public override void RedactedReasoning(JsonText data)
    {
        if (GoesOn()) base.RedactedReasoning(data);
    }

    /// <inheritdoc/>
    public override void Refusal(JsonText text)
    {
        if (GoesOn()) base.Refusal(text);
    }

    /// <inheritdoc/>
    public override void Citation(in Citation citation)
    {
        if (GoesOn()) base.Citation(citation);
    }

    /// <inheritdoc/>
    public override void Media(JsonText mediaType, JsonText data)
    {
        if (GoesOn()) base.Media(mediaType, data);
    }

    /// <inheritdoc/>
    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        if (GoesOn()) base.ToolCallStart(index, id, name);
    }

    /// <inheritdoc/>
    public override void ToolCallArguments(int index, JsonText fragment)
    {
        if (!HasStopped) base.ToolCallArguments(index, fragment);
    }

    /// <inheritdoc/>
    public override void ToolCallEnd(int index)
    {
        if (!HasStopped) base.ToolCallEnd(index);
    }

    /// <inheritdoc/>
    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        ReleaseAll();
        if (_hit is { } hit) base.Finish(StopReason.StopSequence, JsonText.Plain(hit));
        else base.Finish(reason, stopSequence);
    }

    /// <inheritdoc/>
    public override void Error(BridgeError error)
    {
        ReleaseAll();
        base.Error(error);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _held.Dispose();
        _half.Dispose();
        _logprobs.Dispose();
    }

    // Other content ends what could have become a sequence.
    bool GoesOn()
    {
        ReleaseAll();
        return !HasStopped;
    }

    // Half of a surrogate pair is no character: it waits for the other.
    void Take(JsonText text)
    {
        if (_half.Length == 0 && !(text.IsEscaped && EndsInHalfAPair(text.Bytes)))
        {
            text.WriteDecoded(_held);
            return;
        }
        text.WriteEscaped(_half);
        var whole = _half.Length - (EndsInHalfAPair(_half.Written) ? EscapeLength : 0);
        JsonText.Escaped(_half.Written[..whole]).WriteDecoded(_held);
        _half.RemoveFirst(whole);
    }

    static bool EndsInHalfAPair(ReadOnlySpan<byte> escaped)
    {
        if (escaped.Length < EscapeLength || escaped[^6] != (byte)'\\' || escaped[^5] != (byte)'u' || (escaped[^4] | 0x20) != (byte)'d') return false;
        var before = escaped[..^6];
        var isEscape = (before.Length - before.TrimEnd((byte)'\\').Length) % 2 == 0;
        return isEscape && escaped[^3] is ((byte)'8' or (byte)'9' or (byte)'a' or (byte)'b' or (byte)'A' or (byte)'B');
    }

    void ReleaseAll()
    {
        if (HasStopped) return;
        JsonText.Escaped(_half.Written).WriteDecoded(_held);
        _half.Clear();
        Release(_held.Length);
    }

    void Release(int length)
    {
        if (length == 0) return;
        if (_logprobs.Length > 0) base.Logprobs(_logprobs.Written);
        _logprobs.Clear();
        base.Text(JsonText.Plain(_held.Written[..length]));
        _held.RemoveFirst(length);
    }

    // The sequence that is complete first, so that it does not depend on how the text was cut; returns where it begins.
    int FindHit(ReadOnlySpan<byte> text)
    {
        var (begin, end) = (0, int.MaxValue);
        foreach (var sequence in _sequences)
        {
            var at = sequence.Length == 0 ? -1 : text.IndexOf(sequence);
            if (at < 0 || at + sequence.Length > end || (at + sequence.Length == end && at > begin)) continue;
            (begin, end, _hit) = (at, at + sequence.Length, sequence);
        }
        return begin;
    }

    int PossibleBeginning(ReadOnlySpan<byte> text)
    {
        var longest = 0;
        foreach (var sequence in _sequences)
        {
            for (var length = Math.Min(sequence.Length - 1, text.Length); length > longest; length--)
            {
                if (text.EndsWith(sequence.AsSpan(0, length))) longest = length;
            }
        }
        return longest;
    }
}
