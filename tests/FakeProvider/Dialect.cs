using System.Text;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>One event of a stream. <paramref name="IsToken"/>: it carries content, and counts for faults and spacing.</summary>
record Frame(string? Event, string Data, bool IsToken = false)
{
    public static Frame Of(string? name, JsonNode data, bool isToken = false) => new(name, data.ToJsonString(), isToken);

    public virtual byte[] Bytes(string newLine) => Encoding.UTF8.GetBytes((Event is null ? "" : $"event: {Event}{newLine}") + $"data: {Data}{newLine}{newLine}");
}

/// <summary>How a dialect writes an answer.</summary>
abstract class Dialect(JsonObject request, Plan plan, int id)
{
    protected JsonObject Request { get; } = request;

    protected Plan Plan { get; } = plan;

    protected int Id { get; } = id;

    protected string Model => (string?)Request["model"] ?? "";

    protected static long Created => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The name of the header that counts what is left, as this vendor sends it.</summary>
    public abstract string RateLimitHeader { get; }

    /// <summary>The media type of a streamed answer.</summary>
    public virtual string StreamType => "text/event-stream; charset=utf-8";

    /// <summary>Whether the answer is to be streamed.</summary>
    public virtual bool IsStreamed => (bool?)Request["stream"] == true;

    /// <summary>An event that is no JSON, or is broken in another way.</summary>
    public virtual Frame Garbled => new(null, "{\"choices\": [{\"delta\": oops");

    /// <summary>The answer to a question how many tokens a request is.</summary>
    public virtual JsonObject TokenCount => new() { ["input_tokens"] = 4321 };

    public abstract IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces);

    public abstract JsonObject Whole(IReadOnlyList<Piece> pieces);

    public abstract JsonObject Error(int status, string message);

    /// <summary>An error in the middle of a stream.</summary>
    public abstract Frame ErrorEvent(string message);

    /// <summary>What a real provider would refuse; null when the request is fine.</summary>
    public abstract string? Objection(SeenRequest seen);

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
