using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Requests in which something is not as it should be are refused, or reach every upstream as JSON; nothing else is ever thrown.</summary>
public class BrokenRequestTests
{
    const int Rounds = 100;

    static readonly (string Folder, WireFormat Format)[] Dialects =
    [
        ("anthropic-messages", WireFormat.AnthropicMessages), ("gemini", WireFormat.Gemini), ("ollama", WireFormat.Ollama),
        ("openai-chat", WireFormat.OpenAiChat), ("openai-responses", WireFormat.OpenAiResponses),
    ];

    public static TheoryData<string, string> Requests
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var (folder, _) in Dialects)
            {
                foreach (var name in Corpus.Cases(folder, "request.json")) all.Add(folder, name);
            }
            return all;
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void Damage_is_refused_or_read(string folder, string name)
    {
        var body = Corpus.Read(folder, name, "request.json");
        for (var seed = 0; seed < Rounds; seed++)
        {
            foreach (var upstream in WireFormat.All) Written(folder, Damage.Of(body, seed), upstream, $"seed {seed}");
        }
    }

    // Clients of typed languages send null for what they do not say; inside of what is the tools' own, it is a value.
    [Theory, MemberData(nameof(Requests))]
    public void Null_means_the_same_as_nothing(string folder, string name)
    {
        var request = JsonNode.Parse(Corpus.Read(folder, name, "request.json"))!;
        foreach (var field in Damage.FieldsOf(request).ToList())
        {
            var (owner, key, value) = field;
            var path = $"{owner.GetPath()}.{key}";
            owner[key] = null;
            var withNull = JsonSerializer.SerializeToUtf8Bytes(request);
            owner.Remove(key);
            var without = JsonSerializer.SerializeToUtf8Bytes(request);
            foreach (var upstream in WireFormat.All)
            {
                var written = Written(folder, withNull, upstream, path);
                if (written is not null && owner == request) Assert.Equal($"{path}: {Written(folder, without, upstream, path)}", $"{path}: {written}");
            }
            owner[key] = value;
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_value_of_another_kind_is_refused_or_read(string folder, string name)
    {
        var request = JsonNode.Parse(Corpus.Read(folder, name, "request.json"))!;
        foreach (var (broken, what) in Damage.Exchanged(request))
        {
            foreach (var upstream in WireFormat.All) Written(folder, Encoding.UTF8.GetBytes(broken), upstream, what);
        }
    }

    // What goes upstream, or null if the request is refused.
    static string? Written(string folder, byte[] body, WireFormat upstream, string what)
    {
        try
        {
            var request = Array.Find(Dialects, dialect => dialect.Folder == folder).Format.ReadRequest(body);
            using var output = new PooledBuffer();
            upstream.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.OpenApiSchema, request.Stream), output, new IgnoredFields());
            using var written = JsonDocument.Parse(output.WrittenMemory);
            foreach (var model in (string[])["claude-sonnet-4-6", "gpt-5.4", "gemini-2.5-pro", "m"]) Assert.True(TokenEstimate.Of(request, model) > 0, what);
            return written.RootElement.GetRawText();
        }
        catch (BridgeException refused)
        {
            Assert.InRange(refused.Error.Status, 400, 499);
            return null;
        }
        catch (Exception broken) when (broken is not BridgeException)
        {
            throw new InvalidOperationException($"{what}, to {upstream.Name}", broken);
        }
    }
}
