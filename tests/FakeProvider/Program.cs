using System.Globalization;
using FakeProvider;

// dotnet run --project tests/FakeProvider -- --port N
var port = 0;
for (var i = 0; i + 1 < args.Length; i++)
{
    if (args[i] == "--port") port = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
}
await using var server = FakeServer.Start(port);
Console.WriteLine($"Fake provider: OPENAI_BASE_URL={server.OpenAiUrl} ANTHROPIC_BASE_URL={server.Url}");
Console.WriteLine("Say what to answer in the user's text, for example: <<think Hm.>> <<say Hello there.>> <<slow 100>>");
var end = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    end.TrySetResult();
};
await end.Task;
