using System.Globalization;

namespace AcpToApi.Tests.Support;

/// <summary>A process as /proc shows it.</summary>
public sealed record ProcessEntry(int Id, int Parent, char State, string Command);

/// <summary>Which processes there are; only where there is /proc.</summary>
public static class Processes
{
    /// <summary>All of them.</summary>
    public static List<ProcessEntry> All()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("processes are looked up in /proc");
        var all = new List<ProcessEntry>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                var stat = File.ReadAllText(folder + "/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                all.Add(new ProcessEntry(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0], File.ReadAllText(folder + "/cmdline").Replace('\0', ' ')));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }
        return all;
    }

    /// <summary>The children of a process.</summary>
    public static List<ProcessEntry> ChildrenOf(int id) => All().FindAll(process => process.Parent == id);

    /// <summary>Whether a process is there and no zombie.</summary>
    public static bool IsAlive(int id) => All().Exists(process => process.Id == id && process.State != 'Z');
}
