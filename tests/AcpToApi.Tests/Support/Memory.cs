using System.Globalization;

namespace AcpToApi.Tests.Support;

/// <summary>What a process has of the machine's memory, in MiB; only where there is /proc.</summary>
public static class Memory
{
    /// <summary>Now.</summary>
    public static double Of(int process) => Read(process, "VmRSS:");

    /// <summary>At most so far.</summary>
    public static double PeakOf(int process) => Read(process, "VmHWM:");

    static double Read(int process, string name)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("memory is looked up in /proc");
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return int.Parse(line[name.Length..^2], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024.0;
    }
}
