using System.Globalization;
using System.Text.RegularExpressions;

namespace FakeAgent;

/// <summary>A step of an answer: the directive's name and what stands behind it.</summary>
public sealed record Step(string Name, string Text)
{
    /// <summary>The number that the text begins with.</summary>
    public int Number => int.Parse(Text.Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>What comes behind the first word.</summary>
    public string Rest => Text.IndexOf(' ') is >= 0 and var space ? Text[(space + 1)..] : "";

    /// <summary>The first word.</summary>
    public string First => Text.Split(' ')[0];
}

/// <summary>
/// What to answer, told by directives in the user's text, as the fake provider's: <c>&lt;&lt;say one two>> &lt;&lt;think ...>></c>. What a role makes of
/// each stands with the role.
/// </summary>
public static partial class Script
{
    /// <summary>The steps in order; a greeting when there is none.</summary>
    public static IReadOnlyList<Step> Of(string text)
    {
        var steps = Directive().Matches(text).Select(match => new Step(match.Groups[1].Value, match.Groups[2].Value.Trim())).ToList();
        return steps.Count > 0 ? steps : [new Step("say", "Hello from the fake agent.")];
    }

    /// <summary>A text cut as models do: each piece a word and the space before it.</summary>
    public static IEnumerable<string> Pieces(string text)
    {
        var words = text.Split(' ');
        for (var i = 0; i < words.Length; i++) yield return i == 0 ? words[i] : " " + words[i];
    }

    [GeneratedRegex("<<([a-z]+)((?:(?!>>).)*)>>", RegexOptions.Singleline)]
    private static partial Regex Directive();
}
