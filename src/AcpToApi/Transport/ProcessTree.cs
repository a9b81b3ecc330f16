using System.Globalization;

namespace AcpToApi.Transport;

/// <summary>Ends a child with everything that it started.</summary>
static class ProcessTree
{
    /// <summary>The variable that marks a child and, since environments are inherited, all its descendants, whatever session they moved to.</summary>
    public const string MarkVariable = "ACPTOAPI_RUN";

    const int Rounds = 5;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Kills a process group, if it is known, and on Linux every process that carries the mark.</summary>
    public static void Kill(int? group, string mark)
    {
        if (group is { } id) Posix.SignalGroup(id, Posix.SigKill);
        if (!OperatingSystem.IsLinux()) return;
        var marked = System.Text.Encoding.ASCII.GetBytes($"{MarkVariable}={mark}");
        // Again until there is none: one may have been started while we looked.
        for (var round = 0; round < Rounds && KillMarked(marked); round++) { }
    }

    /// <summary>Removes a folder, as far as that is possible.</summary>
    public static async Task RemoveFolderAsync(string folder)
    {
        for (var round = 0; round < Rounds; round++)
        {
            try
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
                return;
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // Who has just been killed may have written into it meanwhile.
                await Task.Delay(Pause);
            }
        }
    }

    static bool KillMarked(byte[] marked)
    {
        var any = false;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || !Carries(folder, marked)) continue;
            Posix.Signal(pid, Posix.SigKill);
            any = true;
        }
        return any;
    }

    // Other users' processes cannot be read, and those that have just ended are not there any more. A zombie's environment is empty.
    static bool Carries(string folder, byte[] marked)
    {
        try
        {
            return File.ReadAllBytes(folder + "/environ").AsSpan().IndexOf(marked) >= 0;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
