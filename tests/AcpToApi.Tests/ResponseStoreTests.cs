using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Responses that are stored on disk: over a restart, under limits, and never out of their folder.</summary>
public sealed class ResponseStoreTests : IAsyncLifetime
{
    const string Model = "anthropic/fake-model";
    readonly FakeServer _upstream = FakeServer.Start();
    readonly HttpClient _http = Wire.NewClient();
    readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("acptoapi-store-");

    string Folder => Path.Combine(_root.FullName, "answers");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _upstream.DisposeAsync();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task A_restart_forgets_nothing()
    {
        string id;
        await using (var first = await StartAsync()) id = await CreateAsync(first, "<<say red>>");
        var file = Assert.Single(Directory.GetFiles(Folder));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        await using var second = await StartAsync();
        Assert.Equal(id, (string)JsonNode.Parse(await _http.GetStringAsync($"{second.Url}/v1/responses/{id}"))!["id"]!);
        Assert.Single(JsonNode.Parse(await _http.GetStringAsync($"{second.Url}/v1/responses/{id}/input_items"))!["data"]!.AsArray());
        _upstream.Clear();
        await CreateAsync(second, "<<say blue>>", id);
        Assert.Equal(3, _upstream.Requests()[^1].Json["messages"]!.AsArray().Count);
        using (var deleted = await _http.DeleteAsync($"{second.Url}/v1/responses/{id}")) Assert.Equal(200, (int)deleted.StatusCode);
        Assert.Equal(404, await StatusAsync(second, id));
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task A_folder_that_was_removed_is_made_again()
    {
        await using var server = await StartAsync();
        Directory.Delete(Folder, recursive: true);
        Assert.Equal(200, await StatusAsync(server, await CreateAsync(server, "<<say red>>")));
    }

    [Fact]
    public async Task A_damaged_file_is_no_answer_and_an_old_one_neither()
    {
        await using var server = await StartAsync();
        var damaged = await CreateAsync(server, "<<say one>>");
        var file = Directory.GetFiles(Folder).Single();
        var bytes = await File.ReadAllBytesAsync(file);
        foreach (var cut in (int[])[0, 1, 43, bytes.Length - 1])
        {
            await File.WriteAllBytesAsync(file, bytes[..cut]);
            Assert.Equal(404, await StatusAsync(server, damaged));
        }
        for (var at = 0; at < bytes.Length; at += 97)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 0x20;
            await File.WriteAllBytesAsync(file, changed);
            Assert.Equal(404, await StatusAsync(server, damaged));
        }
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Equal(200, await StatusAsync(server, damaged));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-25));
        Assert.Equal(404, await StatusAsync(server, damaged));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task The_oldest_make_room_those_of_an_earlier_process_too()
    {
        Directory.CreateDirectory(Folder);
        for (var i = 0; i < 1003; i++)
        {
            var file = Path.Combine(Folder, $"{i:x64}.response");
            await File.WriteAllBytesAsync(file, new byte[50]);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-i / 10.0));
        }
        await File.WriteAllTextAsync(Path.Combine(Folder, "left.unfinished"), "x");
        File.SetLastWriteTimeUtc(Path.Combine(Folder, "left.unfinished"), DateTime.UtcNow.AddMinutes(-2));
        await using var server = await StartAsync();
        Assert.Equal(1000, Directory.GetFiles(Folder).Length);
        var id = await CreateAsync(server, "<<say one>>");
        Assert.Equal(1000, Directory.GetFiles(Folder).Length);
        Assert.False(File.Exists(Path.Combine(Folder, $"{999:x64}.response")));
        Assert.Equal(200, await StatusAsync(server, id));
    }

    [Fact]
    public async Task What_another_server_is_writing_is_left_to_it()
    {
        Directory.CreateDirectory(Folder);
        var others = Path.Combine(Folder, "others.unfinished");
        await File.WriteAllTextAsync(others, "x");
        await using var server = await StartAsync();
        Assert.True(File.Exists(others));
    }

    [Fact]
    public async Task A_full_disk_costs_no_answer_and_is_not_filled_further()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no such limits here");
            return;
        }
        // A file may hold one block; to write more fails, as on a disk that is full.
        await using var server = await Server.StartAsync(new() { Arguments = ["--response-store", Folder], Environment = Bridge.Behind(_upstream), Before = "trap '' XFSZ; ulimit -f 1" });
        var id = await CreateAsync(server, $"<<say one>> {new string('x', 5000)}");
        Assert.Equal(404, await StatusAsync(server, id));
        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Theory]
    [InlineData("..%2F..%2Fsecret")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("resp_%00")]
    [InlineData("....//....//secret.response")]
    public async Task No_id_leads_out_of_the_folder(string id)
    {
        await File.WriteAllTextAsync(Path.Combine(_root.FullName, "secret"), "secret");
        await using var server = await StartAsync();
        var answer = await RawHttp.SendAsync(server.Port, $"GET /v1/responses/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.NotEqual(200, answer.Status);
        using var deleted = await _http.DeleteAsync($"{server.Url}/v1/responses/{id}");
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(_root.FullName, "secret")));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task What_was_answered_to_one_key_is_not_there_for_another(bool onDisk)
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", _upstream.OpenAiUrl, .. onDisk ? new[] { "--response-store", Folder } : []] });
        using var answer = await _http.PostJsonAsync(server.Url + "/v1/responses", new JsonObject { ["model"] = "fake-model", ["input"] = "<<say one>>" }, Key("sk-one"));
        var id = (string)(await answer.JsonAsync())["id"]!;
        Assert.Equal(200, await StatusAsync(server, id, "sk-one"));
        Assert.Equal(404, await StatusAsync(server, id, "sk-two"));
        Assert.Equal(404, await StatusAsync(server, id));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_told_at_once()
    {
        var file = Path.Combine(_root.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var outcome = await Server.RunAsync(new() { Arguments = ["--response-store", Path.Combine(file, "answers")] });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--response-store", Assert.Single(outcome.All.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_others_is_not_closed_to_them()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no file modes here");
            return;
        }
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await File.WriteAllTextAsync(Path.Combine(Folder, "other.txt"), "");
        var outcome = await Server.RunAsync(new() { Arguments = ["--response-store", Folder] });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("a folder of its own", outcome.All, StringComparison.Ordinal);
    }

    Task<Server> StartAsync() => Server.StartAsync(new() { Arguments = ["--response-store", Folder], Environment = Bridge.Behind(_upstream) });

    async Task<string> CreateAsync(Server server, string text, string? previous = null)
    {
        var body = new JsonObject { ["model"] = Model, ["input"] = text };
        if (previous is not null) body["previous_response_id"] = previous;
        using var answer = await _http.PostAsync(server.Url + "/v1/responses", body.ToJsonString(), null);
        var json = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, json);
        return (string)JsonNode.Parse(json)!["id"]!;
    }

    async Task<int> StatusAsync(Server server, string id, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url}/v1/responses/{id}");
        if (key is not null) Key(key)(request);
        using var answer = await _http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    static Action<HttpRequestMessage> Key(string key) => request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
}
