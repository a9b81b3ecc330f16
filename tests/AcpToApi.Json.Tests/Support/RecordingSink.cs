using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.Support;

/// <summary>
/// Writes down what it hears, one event a line. Neighbouring pieces of the same text are joined, so that the record does not
/// depend on how an upstream cut its text.
/// </summary>
sealed class RecordingSink : IEventSink
{
    readonly List<string> _lines = [];
    readonly StringBuilder _pending = new();
    string _pendingKind = "";

    public BridgeError? Failure { get; private set; }

    /// <summary>The record so far; ends with a line feed.</summary>
    public string Record
    {
        get
        {
            Flush();
            return string.Concat(_lines.Select(line => line + "\n"));
        }
    }

    public void Start(in ResponseStart start) => Line($"start id={start.Id.ToString()} model={start.Model.ToString()}{(start.Usage is { } u ? " " + Show(u) : "")}");

    public void Text(JsonText text) => Piece("text", text);

    public void Logprobs(ReadOnlySpan<byte> tokens) => Line($"logprobs {Encoding.UTF8.GetString(tokens)}");

    public void Reasoning(JsonText text) => Piece("reasoning", text);

    public void ReasoningSignature(JsonText signature) => Line($"signature {signature.ToString()}");

    public void RedactedReasoning(JsonText data) => Line($"redacted {data.ToString()}");

    public void Refusal(JsonText text) => Piece("refusal", text);

    public void Citation(in Citation citation) =>
        Line($"citation {citation.Start}-{citation.End} {citation.Url.ToString()} \"{citation.Title.ToString()}\" \"{citation.Quote.ToString()}\"");

    public void Media(JsonText mediaType, JsonText data) => Line($"media {mediaType.ToString()} {data.ToString()}");

    public void ToolCallStart(int index, JsonText id, JsonText name) => Line($"call {index} id={id.ToString()} name={name.ToString()}");

    public void ToolCallArguments(int index, JsonText fragment) => Piece($"arguments {index}", fragment);

    public void ToolCallEnd(int index) => Line($"end {index}");

    public void Usage(in TokenUsage usage) => Line(Show(usage));

    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) =>
        Line($"extra {scope} {Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(json)}");

    public void Finish(StopReason reason, JsonText stopSequence) => Line($"finish {reason}{(stopSequence.IsEmpty ? "" : " " + stopSequence.ToString())}");

    public void Error(BridgeError error)
    {
        Failure = error;
        Line($"error {error.Kind} {error.Status} {error.Code ?? error.Type} {error.Message}");
    }

    static string Show(TokenUsage u) => $"usage input={u.Input} output={u.Output} cache_read={u.CacheRead} cache_write={u.CacheWrite} reasoning={u.Reasoning}";

    // Pieces are joined escaped and decoded at the end: a surrogate pair may be split between them.
    void Piece(string kind, JsonText text)
    {
        if (kind != _pendingKind) Flush();
        _pendingKind = kind;
        using var escaped = new Text.PooledBuffer();
        text.WriteEscaped(escaped);
        _pending.Append(Encoding.UTF8.GetString(escaped.Written));
    }

    void Line(string line)
    {
        Flush();
        _lines.Add(line.ReplaceLineEndings("\\n"));
    }

    void Flush()
    {
        if (_pendingKind.Length == 0) return;
        // Empty pieces say nothing.
        if (_pending.Length > 0) _lines.Add($"{_pendingKind} {_pending}");
        _pendingKind = "";
        _pending.Clear();
    }
}
