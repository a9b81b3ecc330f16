using AcpToApi.Agents.Claude;
using AcpToApi.Cli;
using AcpToApi.Hosting;
using AcpToApi.Providers;
using AcpToApi.Stdio;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

if (args is [ChildGuard.Verb]) return await ChildGuard.RunAsync(Console.In);
try
{
    return await CommandLine.RunAsync(args, ServeAsync, StdioAgent.RunAsync);
}
catch (StartupException mistake)
{
    // What it quotes may hold line breaks.
    Console.Error.WriteLine("acptoapi: " + mistake.Message.ReplaceLineEndings(" "));
    return CommandLine.StartupMistake;
}

static async Task<int> ServeAsync(IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>> commandLine)
{
    var environment = EnvironmentVariables.Read(Directory.GetCurrentDirectory());
    var config = ConfigFile.Find(commandLine, environment);
    var values = new OptionValues(commandLine, environment, config);
    var options = ServerOptions.From(values);
    var providers = ProviderSet.Build(options, config, environment);
    await using var app = KestrelHost.Build(values, options, config, providers);
    var address = await KestrelHost.StartAsync(app, options);
    app.Services.GetRequiredService<SealedClaudeAgent>().Warm(providers);
    Banner.Print(Console.Out, address, providers, environment);
    await app.WaitForShutdownAsync();
    Log.Stopped(app.Logger, GC.GetTotalAllocatedBytes());
    return 0;
}
