using System.Text;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>One event of a stream. <paramref name="IsToken"/>: it carries content, and counts for faults and spacing.</summary>
sealed record Frame(string? Event, string Data, bool IsToken = false)
{
    public static Frame Of(string? name, JsonNode data, bool isToken = false) => new(name, data.ToJsonString(), isToken);
}

/// <summary>How a dialect writes an answer.</summary>
abstract class Dialect(Exchange exchange)
{
    protected SeenRequest Seen => exchange.Seen;

    protected JsonObject Request => exchange.Body;

    protected Plan Plan => exchange.Plan;

    protected int Id => exchange.Id;

    protected virtual string Model => (string?)Request["model"] ?? "";

    /// <summary>Whether the request asks for a stream.</summary>
    public virtual bool IsStream => (bool?)Request["stream"] == true;

    public virtual string StreamType => "text/event-stream; charset=utf-8";

    /// <summary>A frame as it goes over the wire.</summary>
    public virtual byte[] Encode(Frame frame, string newLine) =>
        Encoding.UTF8.GetBytes((frame.Event is null ? "" : $"event: {frame.Event}{newLine}") + $"data: {frame.Data}{newLine}{newLine}");

    /// <summary>A number of tokens that was asked for instead of an answer; null when the path asks for none.</summary>
    public virtual JsonObject? Count => null;

    /// <summary>The request's settings under common names: temperature, top_p, max_tokens, stop.</summary>
    public abstract JsonObject Settings { get; }

    /// <summary>Named values, those that are missing left out.</summary>
    protected static JsonObject Present(params IEnumerable<(string Name, JsonNode? Value)> values) =>
        new(values.Where(v => v.Value is not null).Select(v => KeyValuePair.Create(v.Name, v.Value?.DeepClone())));

    protected static long Created => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The name of the header that counts what is left, as this vendor sends it.</summary>
    public abstract string RateLimitHeader { get; }

    public abstract IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces);

    public abstract JsonObject Whole(IReadOnlyList<Piece> pieces);

    public abstract JsonObject Error(int status, string message);

    /// <summary>An error in the middle of a stream.</summary>
    public abstract Frame ErrorEvent(string message);

    /// <summary>What a real provider would refuse; null when the request is fine.</summary>
    public abstract string? Objection { get; }

    /// <summary>Whether the answer is to break off for its length (<c>&lt;&lt;stop length>></c>, in every dialect).</summary>
    protected bool IsCut => Plan["stop"] == "length";

    /// <summary>Whether the request carries a bearer key.</summary>
    protected bool HasBearer => Seen.Header("authorization")?.StartsWith("Bearer ", StringComparison.Ordinal) == true;

    protected string CallId(int index) => $"call_{Id}x{index}";

    /// <summary>Stands in a text for the moment of sending.</summary>
    public const string StampMark = "@now@";

    /// <summary>Text in tokens: words with the space before them.</summary>
    protected static IEnumerable<string> Tokens(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf(' ', start + 1);
            if (end < 0 || text.Length > 100_000) end = text.Length;
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>Arguments in small fragments, cut anywhere (never within a surrogate pair).</summary>
    protected static IEnumerable<string> Fragments(string json)
    {
        for (var start = 0; start < json.Length;)
        {
            var end = Math.Min(json.Length, start + 7);
            if (end < json.Length && char.IsLowSurrogate(json[end])) end++;
            yield return json[start..end];
            start = end;
        }
    }
}
