namespace AcpToApi.Tests.Support;

/// <summary>A folder of programs called claude, opencode, kilo and what else is asked for, all played by tests/FakeAgent; goes first on a server's PATH.</summary>
public sealed class FakeAgents : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("acptoapi-agents-");

    public FakeAgents(params string[] names)
    {
        foreach (var name in names) Add(name, name);
    }

    /// <summary>The folder, for a PATH.</summary>
    public string Folder => _folder.FullName;

    /// <summary>A PATH on which the agents are found before all others.</summary>
    public string Path => $"{Folder}:{Environment.GetEnvironmentVariable("PATH")}";

    /// <summary>Puts a program there that plays a role; returns its path.</summary>
    public string Add(string name, string role, params string[] arguments)
    {
        var file = System.IO.Path.Combine(Folder, name);
        var quoted = string.Concat(arguments.Select(argument => $" '{argument}'"));
        File.WriteAllText(file, $"#!/bin/sh\nexport DOTNET_EnableDiagnostics=0\nexec '{System.IO.Path.Combine(AppContext.BaseDirectory, "FakeAgent")}' {role}{quoted} \"$@\"\n");
        if (OperatingSystem.IsWindows()) Assert.Skip("coding agents run on Linux and macOS only");
        else File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
