using System.Diagnostics;
using AcpToApi.Tests.Support;

[assembly: AssemblyFixture(typeof(PublishedBinary))]

namespace AcpToApi.Tests.Support;

/// <summary>dist/acptoapi, published once before the first test when it is absent or older than its sources.</summary>
public sealed class PublishedBinary : IAsyncLifetime
{
    public static string Root { get; } = FindRoot();

    public static string Path { get; } = System.IO.Path.Combine(Root, "dist", OperatingSystem.IsWindows() ? "acptoapi.exe" : "acptoapi");

    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo("bash", [System.IO.Path.Combine(Root, "publish.sh"), "--if-stale"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root,
        };
        // What the test runner's own build put into the environment is no business of another build.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        using var publish = Process.Start(start)!;
        var output = publish.StandardOutput.ReadToEndAsync();
        var errors = publish.StandardError.ReadToEndAsync();
        await publish.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(15));
        if (publish.ExitCode != 0) throw new InvalidOperationException($"publish.sh ended with {publish.ExitCode}:\n{await output}{await errors}");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "AcpToApi.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"AcpToApi.sln is not above {AppContext.BaseDirectory}");
    }
}
