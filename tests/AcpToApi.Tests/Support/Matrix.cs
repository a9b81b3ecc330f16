namespace AcpToApi.Tests.Support;

/// <summary>Counts the lines of the client checks by front end and backend.</summary>
public sealed class Matrix
{
    readonly Lock _lock = new();
    readonly Dictionary<(string Front, string Backend), (int Ok, int Total)> _cells = [];
    readonly List<string> _fronts = [];
    readonly List<string> _backends = [];
    readonly List<string> _failures = [];

    /// <summary>What failed, with the backend it failed before.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Takes the lines of one run: <c>ok - FRONT: what</c> or <c>not ok - FRONT: what # why</c>.</summary>
    public void Add(string backend, Outcome run)
    {
        lock (_lock)
        {
            _backends.Add(backend);
            var lines = run.Output.Split('\n').Where(line => line.Contains("ok - ", StringComparison.Ordinal)).ToList();
            foreach (var line in lines)
            {
                var front = line[(line.IndexOf("- ", StringComparison.Ordinal) + 2)..line.IndexOf(':', StringComparison.Ordinal)];
                if (!_fronts.Contains(front)) _fronts.Add(front);
                var ok = line.StartsWith("ok", StringComparison.Ordinal);
                var (good, total) = _cells.GetValueOrDefault((front, backend));
                _cells[(front, backend)] = (good + (ok ? 1 : 0), total + 1);
                if (!ok) _failures.Add($"{backend}: {line}");
            }
            if (lines.Count == 0 || (run.ExitCode != 0) != lines.Exists(line => line.StartsWith("not", StringComparison.Ordinal))) _failures.Add($"{backend}: {run.All}");
        }
    }

    /// <summary>The rows of a Markdown table with these columns.</summary>
    public IReadOnlyList<string> Rows(IReadOnlyList<string> backends) =>
    [
        $"| client | {string.Join(" | ", backends)} |",
        $"|---|{string.Concat(backends.Select(_ => "---|"))}",
        .. _fronts.Select(front => $"| {front} | {string.Join(" | ", backends.Select(backend => Cell(front, backend)))} |"),
    ];

    public override string ToString() => string.Join('\n', Rows(_backends));

    string Cell(string front, string backend) => _cells.TryGetValue((front, backend), out var cell) ? $"{cell.Ok}/{cell.Total}" : "-";
}
