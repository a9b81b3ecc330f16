using AcpToApi.Json.Model;

namespace AcpToApi.Backends.Demo;

/// <summary>
/// What the demo answers: read from directives in the last user message, such as <c>[[think hmm]]</c>, <c>[[tool get_weather {"city":"Oslo"}]]</c>,
/// <c>[[error 429 slow down]]</c>, <c>[[delay 100]]</c>, <c>[[stop length]]</c>, <c>[[text hello]]</c>. docs/demo.md describes them.
/// </summary>
sealed record DemoScript
{
    public string Reasoning { get; private init; } = "";

    public string Text { get; private init; } = "";

    public IReadOnlyList<(string Name, string Arguments)> Calls { get; private init; } = [];

    public BridgeError? Error { get; private init; }

    /// <summary>Whether the error comes after some text.</summary>
    public bool FailsMidway { get; private init; }

    /// <summary>Pause between tokens.</summary>
    public TimeSpan Delay { get; private init; } = TimeSpan.FromMilliseconds(10);

    public StopReason? Stop { get; private init; }

    /// <summary>Reads the script of a request.</summary>
    public static DemoScript Of(ChatRequest request)
    {
        var last = request.Messages.FindLast(message => message.Role is Role.User or Role.Tool);
        if (last?.Role == Role.Tool)
        {
            var results = last.Parts.OfType<ToolResultPart>().Select(result => TextOf(result.Content));
            return new DemoScript { Text = "The tool said: " + string.Join(" | ", results) };
        }
        var said = TextOf(last?.Parts ?? []);
        return Read(said, [.. request.Tools.Select(tool => tool.Name.ToString())]);
    }

    static DemoScript Read(string said, IReadOnlyList<string> tools)
    {
        var script = new DemoScript();
        var calls = new List<(string, string)>();
        var (directives, plain) = DemoDirective.Split(said);
        foreach (var (word, rest) in directives)
        {
            script = word switch
            {
                "think" => script with { Reasoning = rest.Length > 0 ? rest : "Let me think about this for a moment." },
                "text" => script with { Text = rest },
                "delay" when int.TryParse(rest, out var ms) && ms is >= 0 and <= 600_000 => script with { Delay = TimeSpan.FromMilliseconds(ms) },
                "error" => script with { Error = ErrorOf(rest) },
                "midstream" => script with { FailsMidway = true, Error = script.Error ?? ErrorOf("529 the demo failed midway, as asked") },
                "stop" => script with { Stop = rest == "length" ? StopReason.MaxTokens : rest == "refusal" ? StopReason.ContentFilter : null },
                _ => script,
            };
            if (word == "tool" && CallOf(rest) is var (name, arguments) && tools.Contains(name)) calls.Add((name, arguments));
        }
        var text = script.Text.Length > 0 || calls.Count > 0 ? script.Text
            : plain.Length > 0 ? $"Hello from the acptoapi demo! You said: {plain}"
            : "Hello from the acptoapi demo!";
        return script with { Text = text, Calls = calls };
    }

    static (string Name, string Arguments) CallOf(string rest)
    {
        var space = rest.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (rest, "{}") : (rest[..space], rest[(space + 1)..].Trim());
    }

    static BridgeError ErrorOf(string rest)
    {
        var words = rest.Split(' ', 2);
        var status = int.TryParse(words[0], out var given) && given is >= 400 and <= 599 ? given : 500;
        return new BridgeError(BridgeError.KindOf(status), status, words.Length > 1 ? words[1] : "An error, as asked of the demo.") { RetryAfterSeconds = status == 429 ? 1 : null };
    }

    static string TextOf(IEnumerable<Part> parts) => string.Join("\n", parts.OfType<TextPart>().Select(part => part.Text.ToString()));
}
