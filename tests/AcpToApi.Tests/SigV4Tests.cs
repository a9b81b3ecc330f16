using System.Text;
using System.Text.Json;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Transport;

namespace AcpToApi.Tests;

/// <summary>AWS's signature, against a vector of our own and those of AWS and of others where they are at hand.</summary>
public sealed class SigV4Tests(ITestOutputHelper output)
{
    // Made with a few lines of Python's hmac.
    [Fact]
    public void A_models_path_is_encoded_twice_and_the_token_is_signed()
    {
        var keys = new AwsKeys("AKIDOWNVECTOR", "own/secret+key/of/a/test", "own-token");
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.amazon.nova-pro-v1%3A0/converse-stream");
        var body = "{\"messages\":[]}"u8;
        request.Content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new("application/json") } };
        SigV4.Sign(request, body, keys, "eu-west-1", "bedrock", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDOWNVECTOR/20260102/eu-west-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
            + "Signature=8dc2446fe619d184242cdd429f40cca48c629d4a2c581a393ff9a2e240eb5aed",
            request.Headers.NonValidated["Authorization"].ToString());
    }

    [Fact]
    public void Signing_again_replaces_the_signature()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:8000/foundation-models?b=2&a=1");
        for (var i = 0; i < 2; i++) SigV4.Sign(request, default, new AwsKeys("id", "secret"), "us-east-1", "bedrock", DateTimeOffset.UnixEpoch);
        Assert.Single(request.Headers.NonValidated["Authorization"]);
        Assert.Contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,", request.Headers.NonValidated["Authorization"].ToString(), StringComparison.Ordinal);
    }

    // Gate C.
    [Fact]
    public void The_test_suite_of_AWS_is_signed_as_it_should()
    {
        var folder = SharedFixtures.Specification("bedrock/sigv4-test-suite/v4");
        Assert.SkipWhen(folder is null, "No SigV4 test suite here: shared/specs is not beside this repository.");
        var count = 0;
        foreach (var example in Directory.GetDirectories(folder))
        {
            using var context = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(example, "context.json")));
            var (told, keys) = (context.RootElement, context.RootElement.GetProperty("credentials"));
            var (head, body) = Split(File.ReadAllText(Path.Combine(example, "header-signed-request.txt")));
            var target = head[0][(head[0].IndexOf(' ') + 1)..head[0].LastIndexOf(' ')];
            var question = target.IndexOf('?');
            var (path, query) = question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
            if (told.GetProperty("normalize").GetBoolean()) path = SigV4.Normalized(path);
            var isTokenLeftOut = told.TryGetProperty("omit_session_token", out var omit) && omit.GetBoolean();
            var headers = head.Skip(1).Select(line => line.Split(':', 2)).GroupBy(pair => pair[0].ToLowerInvariant(), pair => pair[1].Trim())
                .Where(header => header.Key != "authorization" && !(isTokenLeftOut && header.Key == "x-amz-security-token"))
                .Select(header => (header.Key, string.Join(",", header))).ToList();
            var time = headers.Single(header => header.Key == "x-amz-date").Item2;
            var canonical = SigV4.CanonicalRequest(head[0].Split(' ')[0], path, query, headers, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(body))), out var signed);
            var name = Path.GetFileName(example);
            Assert.Equal((name, File.ReadAllText(Path.Combine(example, "header-canonical-request.txt"))), (name, canonical));
            var (region, service) = (told.GetProperty("region").GetString()!, told.GetProperty("service").GetString()!);
            Assert.Equal(File.ReadAllText(Path.Combine(example, "header-string-to-sign.txt")), SigV4.StringToSign(canonical, $"{time[..8]}/{region}/{service}/aws4_request", time));
            var made = SigV4.Authorization(canonical, signed, new AwsKeys(keys.GetProperty("access_key_id").GetString()!, keys.GetProperty("secret_access_key").GetString()!), region, service, time);
            Assert.Equal(head.Single(line => line.StartsWith("Authorization:", StringComparison.Ordinal))["Authorization:".Length..], made);
            count++;
        }
        output.WriteLine($"SigV4 test suite: {count} signed as they should");
        Assert.True(count >= 38);
    }

    [Fact]
    public void A_whole_request_is_signed_as_OpenAIs_client_does()
    {
        var file = SharedFixtures.Specification("bedrock/sigv4-bedrock-mantle-openai-node.json");
        Assert.SkipWhen(file is null, "No signed request here: shared/specs is not beside this repository.");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var told = document.RootElement;
        var (asked, keys, expected) = (told.GetProperty("request"), told.GetProperty("credentials"), told.GetProperty("expected"));
        var body = Encoding.UTF8.GetBytes(asked.GetProperty("body").GetString()!);
        using var request = new HttpRequestMessage(HttpMethod.Post, asked.GetProperty("url").GetString());
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new(asked.GetProperty("contentType").GetString()!) } };
        SigV4.Sign(
            request, body, new AwsKeys(keys.GetProperty("accessKeyId").GetString()!, keys.GetProperty("secretAccessKey").GetString()!, keys.GetProperty("sessionToken").GetString()),
            told.GetProperty("region").GetString()!, told.GetProperty("service").GetString()!, told.GetProperty("signingDate").GetDateTimeOffset());
        Assert.Equal(expected.GetProperty("authorization").GetString(), request.Headers.NonValidated["Authorization"].ToString());
        Assert.Equal(expected.GetProperty("payloadHash").GetString(), request.Headers.NonValidated["X-Amz-Content-Sha256"].ToString());
    }

    // Lines of the head, folded ones joined, and the body.
    static (List<string> Head, string Body) Split(string request)
    {
        var text = request.ReplaceLineEndings("\n");
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = text[..end].Replace("\n ", " ", StringComparison.Ordinal).Split('\n').ToList();
        return (head, text[(end + 2)..]);
    }
}
