using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FakeProvider;

/// <summary>A piece of an answer. Tools of the same <paramref name="Round"/> are called in parallel.</summary>
public sealed record Piece(PieceKind Kind, string Text, string Tool = "", int Round = 0);

public enum PieceKind
{
    Think,
    Say,
    Tool,
}

/// <summary>
/// What to answer, told by directives in the user's text:
/// <code>
/// &lt;&lt;say TEXT>> &lt;&lt;think TEXT>>            pieces of the answer, in order
/// &lt;&lt;tool NAME {json}>>               the Nth is called after N-1 rounds of results, and only if it is offered
/// &lt;&lt;also NAME {json}>>               called in parallel with the tool before it
/// &lt;&lt;stamp N>>                        N tokens that hold the microsecond they were sent at
/// &lt;&lt;huge MB>> &lt;&lt;echo>> &lt;&lt;settings>> &lt;&lt;images>>   one event of that size; the request's parameters as they came; four of
///                                    them under common names; the images that arrived
/// &lt;&lt;stop REASON>> &lt;&lt;usage KIND>> &lt;&lt;quirk A,B>>   the finish reason as is (length: as the dialect says it); none|cached; norole, nofinish, nodone, crlf
/// &lt;&lt;wait MS>> &lt;&lt;hush MS>> &lt;&lt;slow MS>>   before the head; between head and first token; between tokens
/// &lt;&lt;error STATUS TEXT>> &lt;&lt;flaky STATUS N>> &lt;&lt;html STATUS>> &lt;&lt;redirect URL>>   instead of an answer
/// &lt;&lt;cut N>> &lt;&lt;truncate N>> &lt;&lt;stall N>> &lt;&lt;oops N>> &lt;&lt;garble N>>   after N tokens: reset, clean end without the end
///                                    mark, silence for ever, an error event, an event that is no JSON
/// </code>
/// </summary>
public sealed partial class Plan
{
    readonly List<Piece> _pieces = [];
    readonly Dictionary<string, string> _settings = [];

    Plan()
    {
    }

    public IReadOnlyList<Piece> Pieces => _pieces;

    public string? this[string setting] => _settings.GetValueOrDefault(setting);

    public bool Has(string setting) => _settings.ContainsKey(setting);

    public bool HasQuirk(string name) => this["quirk"]?.Split(',').Contains(name) == true;

    public int Number(string setting, int otherwise = 0) =>
        this[setting] is { } text ? int.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture) : otherwise;

    public TimeSpan Milliseconds(string setting) => TimeSpan.FromMilliseconds(Number(setting));

    /// <summary>The fault that comes after some tokens, if one does.</summary>
    public (string Kind, int After)? Fault
    {
        get
        {
            foreach (var kind in (string[])["cut", "truncate", "stall", "oops", "garble"])
            {
                if (Has(kind)) return (kind, Number(kind));
            }
            return null;
        }
    }

    public static bool IsIn(string text) => Directive().IsMatch(text);

    public static Plan Of(string text)
    {
        var plan = new Plan();
        var round = 0;
        foreach (Match match in Directive().Matches(text))
        {
            var (name, rest) = (match.Groups[1].Value, match.Groups[2].Value.Trim());
            switch (name)
            {
                case "say":
                    plan._pieces.Add(new(PieceKind.Say, rest));
                    break;
                case "think":
                    plan._pieces.Add(new(PieceKind.Think, rest));
                    break;
                case "tool" or "also":
                    if (name == "tool") round++;
                    var space = rest.IndexOf(' ');
                    var arguments = space < 0 ? "{}" : rest[(space + 1)..];
                    plan._pieces.Add(new(PieceKind.Tool, Unquoted(arguments), space < 0 ? rest : rest[..space], round));
                    break;
                default:
                    plan._settings[name] = rest;
                    break;
            }
        }
        return plan;
    }

    // opencode quotes its prompt, and escapes the quotes in it.
    static string Unquoted(string json)
    {
        if (json.StartsWith("{\\\"", StringComparison.Ordinal)) json = json.Replace("\\\"", "\"", StringComparison.Ordinal);
        using (JsonDocument.Parse(json)) return json;
    }

    [GeneratedRegex("<<([a-z]+)((?:(?!>>).)*)>>", RegexOptions.Singleline)]
    private static partial Regex Directive();
}
