using System.Text;

namespace AcpToApi.Backends.Demo;

/// <summary>One <c>[[word rest]]</c> of a message to the demo.</summary>
readonly record struct DemoDirective(string Word, string Rest)
{
    const string Open = "[[";
    const string Close = "]]";

    /// <summary>Takes the directives out of a text; returns them and what is left.</summary>
    public static (IReadOnlyList<DemoDirective> Directives, string Plain) Split(string text)
    {
        var directives = new List<DemoDirective>();
        var plain = new StringBuilder();
        var at = 0;
        while (text.IndexOf(Open, at, StringComparison.Ordinal) is >= 0 and var open && End(text, open) is > 0 and var end)
        {
            plain.Append(text, at, open - at);
            var inside = text[(open + Open.Length)..end].Split(' ', 2);
            directives.Add(new DemoDirective(inside[0], inside.Length > 1 ? inside[1].Trim() : ""));
            at = end + Close.Length;
        }
        return (directives, plain.Append(text, at, text.Length - at).ToString().Trim());
    }

    // A tool's arguments may hold "]]" of their own (nested arrays): those are followed by more JSON.
    static int End(string text, int open)
    {
        var end = open;
        while ((end = text.IndexOf(Close, end + 1, StringComparison.Ordinal)) >= 0)
        {
            var next = end + Close.Length;
            if (next == text.Length || text[next] is not (']' or '}' or ',')) return end;
        }
        return -1;
    }
}
