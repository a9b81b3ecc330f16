using System.Globalization;
using System.Text;

namespace AcpToApi.Telemetry;

/// <summary>Writes Prometheus' text format, version 0.0.4.</summary>
sealed class PrometheusText
{
    /// <summary>The media type of the format.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    readonly StringBuilder _text = new();

    /// <summary>Begins a metric: <paramref name="type"/> is counter, gauge or histogram.</summary>
    public void Metric(string name, string type, string help) =>
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>One sample; <paramref name="labels"/> is what stands between the braces, and may be empty.</summary>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>A number as the format writes it.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();
}
