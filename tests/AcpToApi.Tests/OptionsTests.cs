using System.Net;
using System.Net.Sockets;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Flags over environment over file; a mistake is one line and exit code 2.</summary>
public sealed class OptionsTests
{
    static readonly string[] Names =
    [
        "--host", "--port", "--upstream", "--model", "--default-backend", "--config", "--allow-host", "--allow-origin", "--connect-timeout",
        "--first-byte-timeout", "--stream-idle-timeout", "--max-connections", "--max-connections-per-host", "--log-level", "--log-json", "--version",
    ];

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("serve", "--help")]
    public async Task Help_names_every_option(params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        Assert.Equal(0, outcome.ExitCode);
        foreach (var name in Names.Where(n => n != "--version" || arguments.Length == 1)) Assert.Contains(name, outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_a_version()
    {
        var outcome = await RunAsync("--version");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"^(acptoapi )?\d+\.\d+\.\d+", outcome.Output);
    }

    [Theory]
    [InlineData("--no-such-flag", "--no-such-flag")]
    [InlineData("--log-level", "--log-level", "loud")]
    [InlineData("--connect-timeout", "--connect-timeout", "soon")]
    [InlineData("--stream-idle-timeout", "--stream-idle-timeout", "-5")]
    [InlineData("--port", "--port", "notaport")]
    [InlineData("--port", "--port", "70000")]
    [InlineData("--upstream", "--upstream", "not a url")]
    [InlineData("--upstream", "--upstream", "ftp://127.0.0.1/")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("Did you mean '--upstream'?", "--upsteam", "http://127.0.0.1:1")]
    [InlineData("Did you mean 'serve'?", "srve")]
    [InlineData("'[diagram]'", "[diagram]")]
    [InlineData("'[env:A=b]'", "[env:A=b]", "serve")]
    [InlineData("'[diagram]'", "serve", "[diagram]")]
    [InlineData("'@file'", "@file")]
    public async Task A_wrong_flag_is_one_line_and_exit_code_2(string named, params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        AssertOneLine(outcome, named);
    }

    [Fact]
    public async Task A_host_that_is_no_address_is_one_line_and_exit_code_2() =>
        AssertOneLine(await Server.RunAsync(new() { Arguments = ["--host", "no such host"], Environment = new() { ["ACPTOAPI_API_KEY"] = "own-key-0123456789" } }), "--host");

    [Theory]
    [InlineData("ACPTOAPI_CONNECT_TIMEOUT", "soon")]
    [InlineData("ACPTOAPI_LOG_LEVEL", "loud")]
    [InlineData("OPENAI_BASE_URL", "not a url")]
    public async Task A_wrong_variable_is_one_line_and_exit_code_2(string name, string value) =>
        AssertOneLine(await Server.RunAsync(new() { Environment = new() { [name] = value } }), name);

    [Fact]
    public async Task A_port_in_use_is_one_line_and_exit_code_2()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        AssertOneLine(await Server.RunAsync(new() { Port = port }), $"{port}");
    }

    [Fact]
    public async Task A_config_that_is_not_there_is_one_line_and_exit_code_2() => AssertOneLine(await RunAsync("--config", "missing.json"), "missing.json");

    [Theory]
    [InlineData("{ \"aliasses\": {} }", "aliasses", "aliases")]
    [InlineData("{ \"log_levl\": \"debug\" }", "log_levl", "log")]
    [InlineData("{ \"aliases\": [] }", "aliases", "")]
    [InlineData("{ \"aliases\": ", "config.json", "")]
    [InlineData("[]", "config.json", "")]
    public async Task A_config_with_a_mistake_names_it_and_the_nearest_key(string config, string named, string nearest)
    {
        var outcome = await Server.RunAsync(new() { Arguments = ["--config", "config.json"], Files = new() { ["config.json"] = config } });
        AssertOneLine(outcome, named, nearest);
    }

    [Fact]
    public async Task A_model_may_begin_with_an_at_sign()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", upstream.OpenAiUrl, "--model", "@cf/meta/llama"] });
        Assert.Equal("@cf/meta/llama", await ModelSentAsync(server, upstream, "anything"));
    }

    [Fact]
    public async Task The_config_of_the_home_folder_is_read_when_it_is_there()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Environment = Bridge.Behind(upstream),
            Files = new() { [".config/acptoapi/config.json"] = """{ "aliases": { "from-home": "openai/found" } }""" },
        });
        Assert.Equal("found", await ModelSentAsync(server, upstream, "from-home"));
    }

    [Fact]
    public async Task Flags_go_over_environment()
    {
        await using var upstream = FakeServer.Start();
        await using var other = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--upstream", upstream.OpenAiUrl],
            Environment = new() { ["ACPTOAPI_UPSTREAM"] = other.OpenAiUrl, ["ACPTOAPI_MODEL"] = "from-the-environment" },
        });
        Assert.Equal("from-the-environment", await ModelSentAsync(server, upstream, "anything"));
        Assert.Empty(other.Requests());
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("ACPTOAPI_PORT")]
    public async Task The_port_comes_from_the_environment(string name)
    {
        var port = Server.FreePort();
        await using var server = await Server.StartAsync(new() { Port = port, AddPort = false, Environment = new() { [name] = $"{port}" } });
        Assert.Equal(port, server.Port);
    }

    [Fact]
    public async Task A_flag_may_stand_after_the_verb()
    {
        var port = Server.FreePort();
        await using var server = await Server.StartAsync(new() { Port = port, AddPort = false, Arguments = ["serve", "--port", "{port}"] });
        Assert.Contains($"{port}", await server.OutputAsync(o => o.Contains($"{port}", StringComparison.Ordinal), "the address"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("500ms")]
    [InlineData("5m")]
    [InlineData("1s")]
    [InlineData("1.5")]
    public async Task Durations_are_seconds_or_say_their_unit(string duration)
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--first-byte-timeout", duration, "--stream-idle-timeout", duration], Environment = new() { ["ACPTOAPI_CONNECT_TIMEOUT"] = duration } });
        Assert.True(server.Port > 0);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.00001ms")]
    public async Task No_time_at_all_is_a_mistake(string duration) => AssertOneLine(await RunAsync("--connect-timeout", duration), "--connect-timeout", duration);

    [Fact]
    public async Task A_flag_counts_over_the_other_name_of_its_option()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--first-byte-timeout", "200ms", "--log-level", "error"],
            Environment = new(Bridge.Behind(upstream)) { ["ACPTOAPI_TIMEOUT"] = "5m", ["ACPTOAPI_DEBUG"] = "true" },
        });
        using var http = Wire.NewClient();
        using var answer = await http.PostJsonAsync($"{server.Url}/v1/chat/completions", Front.Chat.Body("openai/m", "<<wait 10000>>", stream: false));
        Assert.Equal(504, (int)answer.StatusCode);
        Assert.DoesNotContain("/v1/chat/completions 504", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_line_of_a_dotenv_file_says_nothing()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["ACPTOAPI_UPSTREAM"] = upstream.OpenAiUrl },
            Files = new() { [".env"] = "ACPTOAPI_MODEL=\nACPTOAPI_LOG_LEVEL=\n" },
        });
        Assert.Equal("any", await ModelSentAsync(server, upstream, "any"));
    }

    [Theory]
    [InlineData("\uFEFF{\"log-level\":\"off\"}", "log-level")]
    [InlineData("{\"aliases\":{\"a\":\"\\ud800\"}}", "Unicode")]
    public async Task A_strange_config_file_is_one_line(string file, string named) =>
        AssertOneLine(await Server.RunAsync(new() { Arguments = ["--config", "c.json"], Files = new() { ["c.json"] = file } }), "c.json", named);

    [Theory]
    [InlineData("{\"providers\":{\"x\":{\"base-url\":\"http://x\",\"headers\":{\"Content-Type\":\"text/plain\"}}}}", "providers.x.headers.Content-Type")]
    [InlineData("{\"providers\":{\"x\":{\"base-url\":\"http://x\",\"headers\":{\"last-modified\":\"today\"}}}}", "providers.x.headers.last-modified")]
    [InlineData("{\"providers\":{\"x\":{\"base-url\":\"http://x\",\"headers\":{\"A\\nB\":\"c\"}}}}", "providers.x.headers.A B")]
    [InlineData("{\"default-backend\":\"grok\"}", "default-backend", "'groq'")]
    [InlineData("{\"aliases\":{\"\":\"groq/x\"}}", "aliases")]
    [InlineData("{\"aliases\":{\"a\":\"nope/x\"}}", "aliases.a", "nope/x")]
    [InlineData("{\"aliases\":{\"a\":\"b\",\"b\":\"groq/x\"}}", "aliases.a", "another alias")]
    [InlineData("{\"aliases\":{\"a\":\"groq/\"}}", "aliases.a")]
    public async Task What_could_never_work_is_one_line(string file, params string[] named) =>
        AssertOneLine(await Server.RunAsync(new() { Arguments = ["--config", "c.json"], Files = new() { ["c.json"] = file } }), ["c.json", .. named]);

    [Fact]
    public async Task The_password_of_a_base_URL_is_not_printed()
    {
        var outcome = await Server.RunAsync(new() { Arguments = ["--config", "c.json"], Files = new() { ["c.json"] = """{ "providers": { "x": { "base-url": "http://me:secret-word@host/v1" } } }""" } });
        AssertOneLine(outcome, "providers.x.base-url", "password");
        Assert.DoesNotContain("secret-word", outcome.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_name_of_a_config_file_is_one_line() => AssertOneLine(await RunAsync("--config", ""), "config file");

    [Fact]
    public async Task A_short_first_byte_timeout_is_the_one_that_counts()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Arguments = ["--timeout", "200ms"], Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        using var answer = await http.PostJsonAsync($"{server.Url}/v1/chat/completions", Front.Chat.Body("openai/m", "<<wait 10000>>", stream: false));
        Assert.Equal(504, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Keys_of_a_dotenv_file_count_and_the_banner_names_it()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Files = new() { [".env"] = $"# a comment\nexport GROQ_API_KEY=\"sk-from-dotenv\"\nGROQ_BASE_URL={upstream.OpenAiUrl}\n" } });
        Assert.Equal("m", await ModelSentAsync(server, upstream, "groq/m"));
        Assert.Equal("Bearer sk-from-dotenv", upstream.Requests()[0].Header("authorization"));
        Assert.Contains(".env", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_a_dotenv_file_goes_to_the_base_URL_of_the_environment()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["GROQ_BASE_URL"] = upstream.OpenAiUrl },
            Files = new() { [".env"] = "GROQ_API_KEY=sk-from-dotenv\n" },
        });
        Assert.Equal("m", await ModelSentAsync(server, upstream, "groq/m"));
        Assert.Equal("Bearer sk-from-dotenv", upstream.Requests()[0].Header("authorization"));
    }

    [Fact]
    public async Task A_dotenv_file_never_overrides_the_environment()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["GROQ_API_KEY"] = "sk-from-environment", ["GROQ_BASE_URL"] = upstream.OpenAiUrl },
            Files = new() { [".env"] = "GROQ_API_KEY=sk-from-dotenv\nGROQ_BASE_URL=http://127.0.0.1:9/v1\n" },
        });
        Assert.Equal("m", await ModelSentAsync(server, upstream, "groq/m"));
        Assert.Equal("Bearer sk-from-environment", upstream.Requests()[0].Header("authorization"));
    }

    // A cloned repository could send the user's own key to a host of its choice.
    [Fact]
    public async Task A_base_URL_of_a_dotenv_file_does_not_get_a_key_from_elsewhere()
    {
        await using var thief = FakeServer.Start();
        await using var proxy = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["GROQ_API_KEY"] = "sk-from-environment", ["HTTPS_PROXY"] = proxy.Url },
            Files = new() { [".env"] = $"GROQ_BASE_URL={thief.OpenAiUrl}\n" },
        });
        using var http = Wire.NewClient();
        using var answer = await http.PostJsonAsync($"{server.Url}/v1/chat/completions", Front.Chat.Body("groq/m", "hi", stream: false));
        Assert.Empty(thief.Requests(all: true));
        Assert.Equal(502, (int)answer.StatusCode);
        Assert.StartsWith("CONNECT api.groq.com:443", proxy.Requests(all: true)[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listen_options_and_programs_are_not_taken_from_a_dotenv_file()
    {
        await using var server = await Server.StartAsync(new()
        {
            Files = new() { [".env"] = "ACPTOAPI_HOST=0.0.0.0\nACPTOAPI_PORT=1\nPORT=1\nACPTOAPI_ALLOW_HOST=evil.example\nACPTOAPI_ALLOW_ORIGIN=https://evil.example\nACPTOAPI_CLAUDE_BIN=/bin/false\n" },
        });
        using var http = Wire.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url}/v1/models") { Headers = { Host = "evil.example" } };
        using var answer = await http.SendAsync(request);
        Assert.InRange((int)answer.StatusCode, 400, 499);
    }

    [Fact]
    public async Task Logs_as_JSON_hold_one_object_a_line()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Arguments = ["--log-json"], Environment = Bridge.Behind(upstream) });
        await ModelSentAsync(server, upstream, "openai/logged-model");
        var output = await server.OutputAsync(o => o.Contains("logged-model", StringComparison.Ordinal), "the request's line");
        var line = output.Split('\n').Single(l => l.Contains("logged-model", StringComparison.Ordinal));
        Assert.Contains("/v1/chat/completions", System.Text.Json.Nodes.JsonNode.Parse(line)!.ToJsonString(Wire.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_line_is_logged_per_request_without_its_body()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var http = Wire.NewClient();
        using var answer = await http.PostJsonAsync($"{server.Url}/v1/messages", Front.Messages.Body("openai/logged-model", "<<say private-words>>", stream: true));
        await answer.EventsAsync();
        var output = await server.OutputAsync(o => o.Contains("logged-model", StringComparison.Ordinal), "the request's line");
        var line = Assert.Single(output.Split('\n'), l => l.Contains("logged-model", StringComparison.Ordinal));
        foreach (var part in (string[])["POST", "/v1/messages", "200", "openai"]) Assert.Contains(part, line, StringComparison.Ordinal);
        Assert.DoesNotContain("private-words", output, StringComparison.Ordinal);
    }

    static Task<Outcome> RunAsync(params string[] arguments) => Server.RunAsync(new() { Arguments = [.. arguments], AddPort = !arguments.Contains("--port") && arguments[0].StartsWith("--", StringComparison.Ordinal) && arguments[0] is not ("--help" or "--version") });

    static void AssertOneLine(Outcome outcome, params string[] named)
    {
        Assert.True(outcome.ExitCode == 2, $"exit code {outcome.ExitCode}: {outcome.All}");
        var line = Assert.Single(outcome.Errors.Trim().Split('\n'));
        foreach (var name in named) Assert.Contains(name, line, StringComparison.Ordinal);
    }

    static async Task<string?> ModelSentAsync(Server server, FakeServer upstream, string model)
    {
        using var http = Wire.NewClient();
        using var answer = await http.PostJsonAsync($"{server.Url}/v1/chat/completions", Front.Chat.Body(model, "hi", stream: false));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (string?)(await upstream.RequestAsync()).Json["model"];
    }
}
