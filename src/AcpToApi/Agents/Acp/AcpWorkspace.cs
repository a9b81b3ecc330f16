using AcpToApi.Json.Acp;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>The folder that agents may use through us: what lies in it, and how commands are started there.</summary>
sealed class AcpWorkspace(string folder, AgentEnvironment environment, ProgramFinder programs)
{
    const string Shell = "/bin/sh";
    const int MostLinks = 40;
    const int UsualOutput = 1024 * 1024;

    /// <summary>Where an absolute path leads, all links in it followed; null when that is not the workspace or below it.</summary>
    public string? Find(string path)
    {
        if (!Path.IsPathRooted(path) || RealPath(path) is not { } real || RealPath(folder) is not { } root) return null;
        return real == root || real.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? real : null;
    }

    /// <summary>What a command is started with. Throws <see cref="IOException"/> when it cannot be, and <see cref="ArgumentException"/> for a folder elsewhere.</summary>
    public ChildStart StartOf(AcpCommand command)
    {
        var place = Find(command.Folder ?? folder) ?? throw new ArgumentException("Commands run in the workspace or below it only; 'cwd' must be absolute.");
        if (!Directory.Exists(place)) throw new IOException($"There is no folder {place}.");
        var variables = environment.With();
        foreach (var (variable, value) in command.Environment) variables[variable] = value;
        // By this one its descendants are found when it is ended.
        variables.Remove(ProcessTree.MarkVariable);
        var arguments = command.Arguments;
        var name = command.Program!;
        if (ProgramOf(name, place) is not { } program)
        {
            // Some agents send a line for the shell.
            if (arguments.Count > 0 || !name.Contains(' ', StringComparison.Ordinal)) throw new IOException($"There is no program '{name}'.");
            (program, arguments) = (Shell, ["-c", name]);
        }
        return new ChildStart(program, arguments, place, variables) { OutputKept = (int)Math.Clamp(command.OutputLimit ?? UsualOutput, 0, Limits.MaxBytes) };
    }

    string? ProgramOf(string name, string place)
    {
        if (!name.Contains('/', StringComparison.Ordinal)) return programs.OnPath(name);
        var file = Path.GetFullPath(name, place);
        return File.Exists(file) ? file : null;
    }

    // The path with every link in it followed, as far as it exists; null when links go round in circles.
    static string? RealPath(string path)
    {
        var links = 0;
        var rest = new Stack<string>();
        Push(Path.GetFullPath(path), rest);
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        while (rest.TryPop(out var step))
        {
            if (step == ".") continue;
            if (step == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }
            var next = Path.Combine(real, step);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MostLinks) return null;
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            Push(target, rest);
        }
        return real;
    }

    // The first step comes out first.
    static void Push(string path, Stack<string> steps)
    {
        var parts = path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = parts.Length - 1; i >= 0; i--) steps.Push(parts[i]);
    }
}
