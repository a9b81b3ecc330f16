using System.Text;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>A provider that never stops costs little, once and for a moment only.</summary>
[Collection(Alone.Name)]
public class MemoryTests(ITestOutputHelper output)
{
    const int EndlessMiB = 80;
    const double MostGrowth = 48;
    const double MostGrowthOfMany = 200;
    const double MostLeft = 24;

    static readonly byte[] Filler = Chunk(new string('a', 1024 * 1024));
    static readonly byte[] Lines = Chunk(Many($"data: {new string('a', 1017)}\n"));
    static readonly byte[] Events = Chunk(Many("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + new string('a', 1000) + "\"}}]}\n\n"));

    [Theory]
    [InlineData("application/json", false, "chat")]
    [InlineData("text/event-stream", true, "chat")]
    [InlineData("text/event-stream", true, "messages")]
    [InlineData("text/event-stream", false, "chat")]
    public async Task Something_endless_is_refused_and_its_memory_given_back(string type, bool stream, string frontName)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        var front = Front.Of(frontName);
        await OnceAsync(http, server, upstream, front, stream: true);
        var before = Memory.Of(server.ProcessId);
        upstream.Script(Endless(type, stream ? "data: {\"a\":\"" : "{\"a\":\"", Filler));
        using var answer = await http.PostJsonAsync(server.Url + front.Path, front.Body("openai/m", "hi", stream));
        Assert.Equal(502, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync(), "32 MiB");
        await JudgeAsync(server, before, MostGrowth);
    }

    [Fact]
    public async Task An_endless_event_of_many_lines_is_held_once()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        await OnceAsync(http, server, upstream, Front.Chat, stream: true);
        var before = Memory.Of(server.ProcessId);
        upstream.Script(Endless("text/event-stream", "data: {\n", Lines));
        using var answer = await http.PostJsonAsync(server.Url + Front.Chat.Path, Front.Chat.Body("openai/m", "hi", stream: true));
        Assert.Equal(502, (int)answer.StatusCode);
        await JudgeAsync(server, before, MostGrowth);
    }

    [Theory]
    [InlineData("application/json", false)]
    [InlineData("text/event-stream", true)]
    public async Task Many_endless_ones_at_once_share_what_room_there_is(string type, bool stream)
    {
        const int Count = 20;
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        await OnceAsync(http, server, upstream, Front.Chat, stream: true);
        var before = Memory.Of(server.ProcessId);
        for (var i = 0; i < Count; i++) upstream.Script(Endless(type, stream ? "data: {\"a\":\"" : "{\"a\":\"", Filler));
        var statuses = await Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            using var answer = await http.PostJsonAsync(server.Url + Front.Chat.Path, Front.Chat.Body("openai/m", "hi", stream));
            Front.Chat.AssertError(await answer.JsonAsync(), "MiB");
            return (int)answer.StatusCode;
        }));
        Assert.All(statuses, status => Assert.Contains(status, (int[])[502, 503]));
        await JudgeAsync(server, before, MostGrowthOfMany);
        // The room is free again.
        using var next = await http.PostJsonAsync(server.Url + Front.Chat.Path, Front.Chat.Body("openai/m", "<<say fine>>", stream: false));
        Assert.Equal("fine", Front.Chat.TextOf(await next.JsonAsync()));
    }

    [Fact]
    public async Task A_stream_that_is_kept_for_a_client_that_wants_it_whole_has_an_end()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        upstream.Script(Endless("text/event-stream", ": hello\n\n", Events));
        using var answer = await http.PostJsonAsync(server.Url + Front.Chat.Path, Front.Chat.Body("openai/m", "hi", stream: false));
        Assert.Equal(502, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), "64 MiB");
    }

    static RawScript Endless(string type, string beginning, byte[] filler) => new(
    [
        new(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")),
        new(Chunk(beginning)),
        .. Enumerable.Repeat(new RawStep(filler), EndlessMiB),
    ]);

    static byte[] Chunk(string text) => Encoding.ASCII.GetBytes($"{text.Length:x}\r\n{text}\r\n");

    static string Many(string text) => string.Concat(Enumerable.Repeat(text, 1024));

    // What every request needs is no growth.
    static async Task OnceAsync(HttpClient http, Server server, FakeServer upstream, Front front, bool stream)
    {
        using var answer = await http.PostJsonAsync(server.Url + front.Path, front.Body("openai/m", "<<say fine>>", stream));
        _ = await answer.Content.ReadAsStringAsync();
        upstream.Clear();
    }

    async Task JudgeAsync(Server server, double before, double mostGrowth)
    {
        var peak = Memory.PeakOf(server.ProcessId);
        // A client has its error a moment before the request is tidied up.
        await Eventually.TrueAsync(() => Memory.Of(server.ProcessId) - before <= MostLeft, "the memory is given back");
        output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{before:0.0} MiB before, {peak:0.0} at most, {Memory.Of(server.ProcessId):0.0} after"));
        Assert.InRange(peak - before, 0, mostGrowth);
    }
}
