namespace AcpToApi.Json.Model;

/// <summary>
/// The neutral stream between a backend and a client: what every stream reader says and every stream writer hears.
/// <para>
/// Grammar, enforced in all tests:
/// <c>Start (Logprobs? Text | Reasoning ReasoningSignature? | RedactedReasoning | Refusal | Citation | Media | ToolCallStart ToolCallArguments* ToolCallEnd | Usage | Extra)* (Finish | Error)</c>;
/// an <c>Error</c> may also come first, and nothing follows <c>Finish</c> or <c>Error</c>. Usage is cumulative: the last one counts.
/// The pieces of a tool call are never interleaved with anything else. Block indexes are not events; writers derive them.
/// </para>
/// All members are synchronous and do no I/O; spans are valid only during the call.
/// </summary>
public interface IEventSink
{
    /// <summary>The answer begins.</summary>
    void Start(in ResponseStart start);

    /// <summary>A piece of the answer's text.</summary>
    void Text(JsonText text);

    /// <summary>
    /// How likely the tokens of the text that comes next were: the elements of a JSON array, each with <c>token</c>, <c>logprob</c>,
    /// <c>bytes</c> and <c>top_logprobs</c> (OpenAI's form, which Responses and Ollama share).
    /// </summary>
    void Logprobs(ReadOnlySpan<byte> tokens);

    /// <summary>A piece of the model's reasoning.</summary>
    void Reasoning(JsonText text);

    /// <summary>The provider's signature over the reasoning that came just before; to be replayed byte for byte to that provider.</summary>
    void ReasoningSignature(JsonText signature);

    /// <summary>A whole block of encrypted reasoning, opaque to all but its provider.</summary>
    void RedactedReasoning(JsonText data);

    /// <summary>A piece of the model's explanation why it does not answer.</summary>
    void Refusal(JsonText text);

    /// <summary>A source of the text so far.</summary>
    void Citation(in Citation citation);

    /// <summary>A whole picture or sound: its media type, and its bytes in base64.</summary>
    void Media(JsonText mediaType, JsonText data);

    /// <summary>A tool call begins; <paramref name="index"/> counts the calls of this answer from 0.</summary>
    void ToolCallStart(int index, JsonText id, JsonText name);

    /// <summary>A piece of the call's arguments: decoded and joined, the pieces are one JSON object (or nothing, which means {}).</summary>
    void ToolCallArguments(int index, JsonText fragment);

    /// <summary>The tool call is whole.</summary>
    void ToolCallEnd(int index);

    /// <summary>Token counts so far; replaces what was said before.</summary>
    void Usage(in TokenUsage usage);

    /// <summary>
    /// A field that only the reader's own wire format knows, as raw JSON; readers say it only when asked to
    /// (both sides speak the same wire format), so a writer may put it where it stood.
    /// </summary>
    void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json);

    /// <summary>
    /// Something of the answer has no event, and so no place in any other wire format (tools that the provider ran): its name there. May come anywhere
    /// after Start; readers do not say it where both sides speak the same wire format.
    /// </summary>
    void Lost(JsonText name)
    {
    }

    /// <summary>The answer is complete. <paramref name="stopSequence"/> is the sequence that was hit, if known.</summary>
    void Finish(StopReason reason, JsonText stopSequence);

    /// <summary>The answer failed; what came before is incomplete.</summary>
    void Error(BridgeError error);
}

/// <summary>Where an <see cref="IEventSink.Extra"/> field stood.</summary>
public enum ExtraScope
{
    /// <summary>At the top of the answer or chunk (<c>citations</c>, <c>system_fingerprint</c>).</summary>
    Response,

    /// <summary>In the choice, beside the message (<c>logprobs</c>).</summary>
    Choice,

    /// <summary>In the message or delta (<c>annotations</c>, <c>reasoning_details</c>).</summary>
    Message,
}
