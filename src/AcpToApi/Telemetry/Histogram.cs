namespace AcpToApi.Telemetry;

/// <summary>A Prometheus histogram over fixed bounds, in seconds.</summary>
sealed class Histogram
{
    static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    readonly long[] _counts = new long[Bounds.Length + 1];
    long _sumMicroseconds;

    /// <summary>Notes one observation.</summary>
    public void Observe(TimeSpan time)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && time.TotalSeconds > Bounds[bucket]) bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sumMicroseconds, (long)time.TotalMicroseconds);
    }

    /// <summary>Appends the histogram's lines; <paramref name="labels"/> is what stands between the braces.</summary>
    public void Write(PrometheusText text, string name, string labels)
    {
        long total = 0;
        for (var i = 0; i <= Bounds.Length; i++)
        {
            total += Interlocked.Read(ref _counts[i]);
            text.Sample(name + "_bucket", $"{labels},le=\"{(i < Bounds.Length ? PrometheusText.Number(Bounds[i]) : "+Inf")}\"", total);
        }
        text.Sample(name + "_sum", labels, Interlocked.Read(ref _sumMicroseconds) / 1e6);
        text.Sample(name + "_count", labels, total);
    }
}
