namespace FakeProvider;

/// <summary>What one message says, as far as an answer depends on it; images as media type and number of characters, or as URL.</summary>
sealed record Turn(string Role, string Text, IReadOnlyList<string> Results, IReadOnlyList<string> Images);

/// <summary>What a request of any dialect says.</summary>
sealed class Conversation
{
    readonly IReadOnlyList<Turn> _turns;

    public Conversation(IReadOnlyList<Turn> turns, IEnumerable<string> tools)
    {
        _turns = turns;
        Tools = tools.ToHashSet();
        var users = turns.ToList();
        var at = users.FindLastIndex(t => t.Role == "user" && Plan.IsIn(t.Text));
        if (at < 0) at = users.FindLastIndex(t => t.Role == "user" && t.Text.Length > 0);
        Text = at < 0 ? "" : turns[at].Text;
        var after = turns.Skip(at + 1).ToList();
        Results = after.SelectMany(t => t.Results).ToList();
        // A round of results is what stands between two turns of the assistant.
        Rounds = after.Where((t, i) => t.Results.Count > 0 && (i == 0 || after[i - 1].Results.Count == 0)).Count();
    }

    /// <summary>The user's last text that holds directives, or the last one.</summary>
    public string Text { get; }

    /// <summary>The results of tools that came after it.</summary>
    public IReadOnlyList<string> Results { get; }

    public int Rounds { get; }

    public IReadOnlySet<string> Tools { get; }

    /// <summary>Every image of the request.</summary>
    public IEnumerable<string> Images => _turns.SelectMany(t => t.Images);
}
