using System.Globalization;

namespace AcpToApi.Cli;

/// <summary>Times as people write them: <c>300</c> and <c>300s</c> are seconds, <c>500ms</c>, <c>5m</c>, <c>1h</c>.</summary>
static class Duration
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var unit = text.Length;
        while (unit > 0 && char.IsAsciiLetter(text[unit - 1])) unit--;
        var factor = text[unit..] switch
        {
            "" or "s" => TimeSpan.FromSeconds(1),
            "ms" => TimeSpan.FromMilliseconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        duration = default;
        if (factor == TimeSpan.Zero || !double.TryParse(text[..unit], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return false;
        if (count <= 0 || count * factor.TotalDays > 20) return false;
        duration = count * factor;
        // A timer knows no less than a millisecond.
        return duration >= TimeSpan.FromMilliseconds(1);
    }
}
