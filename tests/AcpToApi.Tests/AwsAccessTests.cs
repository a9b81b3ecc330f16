using System.Net;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Where keys and region for AWS come from.</summary>
public sealed class AwsAccessTests
{
    const string Credentials = """
        # comment
        [default]
        aws_access_key_id = nobody
        aws_secret_access_key = nothing
        [work]
        aws_access_key_id=AKIDFAKEPROVIDER
        aws_secret_access_key = fake/secret+access/key0123456789
        aws_session_token = fake-session-token-0123456789==
        """;

    const string Config = """
        [default]
        region = us-west-2
        [profile work]
        region = eu-north-1
        s3 =
          region = nowhere
        [profile sso]
        sso_session = corp
        """;

    [Fact]
    public async Task A_profile_gives_keys_and_region()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(upstream, new() { ["AWS_PROFILE"] = "work" });
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server));
        Assert.Contains("/eu-north-1/bedrock/", (await upstream.RequestAsync()).Header("authorization"), StringComparison.Ordinal);
        Assert.Equal("keys from the AWS profile 'work'; region eu-north-1 from the AWS profile", await SigningAsync(server));
    }

    [Fact]
    public async Task The_default_profile_counts_and_a_refusal_is_told()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(upstream, []);
        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(server)); // its keys are not the provider's
        Assert.Equal("keys from the AWS profile 'default'; region us-west-2 from the AWS profile", await SigningAsync(server));
    }

    [Fact]
    public async Task The_config_file_names_a_profile_and_a_region()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(upstream, new() { ["AWS_ACCESS_KEY_ID"] = "other", ["AWS_SECRET_ACCESS_KEY"] = "one" }, """{"providers":{"bedrock":{"profile":"work","region":"sa-east-1"}}}""");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server));
        Assert.Equal("keys from the AWS profile 'work'; region sa-east-1 from the config file", await SigningAsync(server));
    }

    [Theory, InlineData("AWS_BEARER_TOKEN_BEDROCK"), InlineData("BEDROCK_API_KEY")]
    public async Task A_bearer_key_wins(string variable)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(upstream, new() { [variable] = AwsSignature.BearerKey, ["AWS_PROFILE"] = "work" });
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server));
        var seen = await upstream.RequestAsync();
        Assert.Equal("Bearer " + AwsSignature.BearerKey, seen.Header("authorization"));
        Assert.Null(seen.Header("x-amz-date"));
    }

    [Theory]
    [InlineData("AWS_PROFILE", "sso", "export-credentials --profile sso")]
    [InlineData("AWS_PROFILE", "missing", "stands in neither")]
    [InlineData("AWS_ACCESS_KEY_ID", "half", "AWS_SECRET_ACCESS_KEY is not")]
    [InlineData("AWS_CONFIG_FILE", "elsewhere", "AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID")]
    public async Task Without_keys_the_fix_is_told(string variable, string value, string says)
    {
        var files = variable == "AWS_PROFILE" ? Files() : [];
        // A server of one's own may need no keys, but not where somebody meant to give some.
        foreach (var url in variable == "AWS_CONFIG_FILE" ? [""] : (string[])["", "http://127.0.0.1:9"])
        {
            await using var server = await Server.StartAsync(new() { Files = files, Environment = new() { [variable] = value, ["BEDROCK_BASE_URL"] = url } });
            using var http = Wire.NewClient();
            using var answer = await http.PostAsync(server.Url + "/v1/chat/completions", """{"model":"bedrock/x.y","messages":[{"role":"user","content":"x"}]}""");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains(says, (string?)(await answer.JsonAsync())["error"]!["message"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_file_of_the_working_directory_chooses_no_profile_and_no_host_for_others_keys()
    {
        await using var upstream = FakeServer.Start();
        var files = Files();
        files[".env"] = $"AWS_PROFILE=work\nBEDROCK_BASE_URL={upstream.Url}\nBEDROCK_API_KEY=theirs\n";
        await using var server = await Server.StartAsync(new() { Files = files });
        Assert.Equal("keys from the AWS profile 'default'; region us-west-2 from the AWS profile", await SigningAsync(server));
        Assert.Equal("https://bedrock-runtime.us-west-2.amazonaws.com", await FieldAsync(server, "base_url"));
    }

    // A proxy that nobody runs: nothing leaves this machine, and the error names the host.
    [Theory]
    [InlineData("amazon.nova-lite-v1:0", "bedrock-runtime.us-east-1.amazonaws.com")]
    [InlineData("arn:aws:bedrock:ap-south-1:123456789012:inference-profile/x", "bedrock-runtime.ap-south-1.amazonaws.com")]
    [InlineData("arn:aws:bedrock:evil.example/:123456789012:inference-profile/x", "bedrock-runtime.us-east-1.amazonaws.com")]
    public async Task The_region_of_an_ARN_is_asked(string model, string host)
    {
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["AWS_ACCESS_KEY_ID"] = "id", ["AWS_SECRET_ACCESS_KEY"] = "secret", ["HTTPS_PROXY"] = $"http://127.0.0.1:{Server.FreePort()}" },
        });
        using var http = Wire.NewClient();
        using var answer = await http.PostAsync(server.Url + "/v1/chat/completions", $$$"""{"model":"bedrock/{{{model}}}","messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains(host, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_for_a_provider_elsewhere_is_refused_at_the_start()
    {
        var outcome = await Server.RunAsync(new() { Files = new() { [".config/acptoapi/config.json"] = """{"providers":{"openai":{"region":"us-east-1"}}}""" } });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("'providers.openai.region'", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"providers":{"bedrock":{"region":"US EAST"}}}""", "'US EAST' is not an AWS region")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","quirks":["5"]}}}""", "'providers.lab.quirks' does not know '5'")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","services":["0"]}}}""", "'providers.lab.services' does not know '0'")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","services":["image-edit"]}}}""", "did you mean 'image-edits'?")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","formats":[]}}}""", "'providers.lab.formats' is empty")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","key":""}}}""", "'providers.lab.key' is empty")]
    [InlineData("""{"providers":{"lab":{"base-url":"http://localhost:1","key-env":" "}}}""", "'providers.lab.key-env' is empty")]
    [InlineData("""{"providers":{"bedrock":{"profile":"nobody"}}}""", "'providers.bedrock.profile': The AWS profile 'nobody' stands in neither")]
    public async Task A_word_that_means_nothing_is_refused_at_the_start(string config, string told)
    {
        var outcome = await Server.RunAsync(new() { Files = new() { [".config/acptoapi/config.json"] = config } });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(told, Assert.Single(outcome.All.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_is_nowhere_is_refused_whatever_else_is_set()
    {
        var files = Files();
        files[".config/acptoapi/config.json"] = """{"providers":{"bedrock":{"profile":"nobody"}}}""";
        var outcome = await Server.RunAsync(new() { Files = files, Environment = new() { ["AWS_ACCESS_KEY_ID"] = "id", ["AWS_SECRET_ACCESS_KEY"] = "secret", ["BEDROCK_API_KEY"] = "k" } });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("'nobody' stands in neither", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_only_embeds_may_have_no_format_of_chats()
    {
        await using var server = await Server.StartAsync(new() { Files = new() { [".config/acptoapi/config.json"] = """{"providers":{"lab":{"base-url":"http://localhost:1","formats":[],"services":["embeddings"]}}}""" } });
        Assert.NotEqual(0, server.Port);
    }

    [Fact]
    public async Task A_region_that_is_none_is_refused_at_the_start()
    {
        var outcome = await Server.RunAsync(new() { Environment = new() { ["AWS_REGION"] = "evil.example/", ["BEDROCK_API_KEY"] = "k" } });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("not an AWS region", outcome.Errors, StringComparison.Ordinal);
    }

    static Dictionary<string, string> Files() => new() { [".aws/credentials"] = Credentials, [".aws/config"] = Config };

    static Task<Server> StartAsync(FakeServer upstream, Dictionary<string, string> environment, string? config = null)
    {
        var files = Files();
        if (config is not null) files[".config/acptoapi/config.json"] = config;
        environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = upstream.Url;
        return Server.StartAsync(new() { Files = files, Environment = environment });
    }

    static async Task<HttpStatusCode> AskAsync(Server server)
    {
        using var http = Wire.NewClient();
        using var answer = await http.PostAsync(server.Url + "/v1/chat/completions", """{"model":"bedrock/amazon.nova-lite-v1:0","messages":[{"role":"user","content":"<<say yes>>"}]}""");
        return answer.StatusCode;
    }

    static Task<string?> SigningAsync(Server server) => FieldAsync(server, "signing");

    static async Task<string?> FieldAsync(Server server, string field)
    {
        using var http = Wire.NewClient();
        var config = JsonNode.Parse(await http.GetStringAsync(server.Url + "/debug/config"))!;
        return (string?)config["providers"]!.AsArray().Single(provider => (string)provider!["name"]! == "bedrock")![field];
    }
}
