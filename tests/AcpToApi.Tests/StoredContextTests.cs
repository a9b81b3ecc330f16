using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>What a request of OpenAI's Responses only refers to, in a conversation that changes its provider: answers and items, stored here and there.</summary>
public sealed class StoredContextTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Here = "anthropic/fake-model";
    const string There = "openai/fake-model";

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_answer_that_we_store_is_told_to_a_provider_that_stores(bool stream)
    {
        var first = await CreateAsync(Here, "<<think Hm.>> <<say red>>");
        bridge.Upstream.Clear();
        using var answer = await PostAsync(new JsonObject { ["model"] = There, ["input"] = "<<say blue>>", ["previous_response_id"] = first.Id, ["stream"] = stream });
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("blue", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var sent = (await bridge.Upstream.RequestAsync());
        Assert.Equal("/v1/responses", sent.Path);
        Assert.Equal(["user", "assistant", "user"], sent.Json["input"]!.AsArray().Select(item => (string)item!["role"]!));
        Assert.Contains("red", sent.Json["input"]![1]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(sent.Json["previous_response_id"]);
        Assert.DoesNotContain("acptoapi", sent.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_a_provider_stores_is_told_to_another()
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"id":"resp_68b","previous_response_id":"resp_68a","output":[{"type":"message","id":"msg_4","role":"assistant","content":[{"type":"output_text","text":"four"}]}]}"""));
        bridge.Upstream.Script(RawAnswer.Of(200, """{"object":"list","data":[{"type":"message","id":"msg_3","role":"user","content":[{"type":"input_text","text":"three"}]}],"has_more":false}"""));
        bridge.Upstream.Script(RawAnswer.Of(200, """{"id":"resp_68a","previous_response_id":null,"output":[{"type":"message","id":"msg_2","role":"assistant","content":[{"type":"output_text","text":"two"}]}]}"""));
        bridge.Upstream.Script(RawAnswer.Of(200, """{"object":"list","data":[{"type":"message","id":"msg_0","role":"user","content":[{"type":"input_text","text":"zero"}]}],"has_more":true,"last_id":"msg_0"}"""));
        bridge.Upstream.Script(RawAnswer.Of(200, """{"object":"list","data":[{"type":"message","id":"msg_1","role":"user","content":[{"type":"input_text","text":"one"}]}],"has_more":false,"last_id":"msg_1"}"""));
        using var answer = await PostAsync(new JsonObject { ["model"] = Here, ["input"] = "<<say five>>", ["previous_response_id"] = "resp_68b" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var asked = bridge.Upstream.Requests(all: true);
        Assert.Equal(
            ["/v1/responses/resp_68b", "/v1/responses/resp_68b/input_items?order=asc&limit=100", "/v1/responses/resp_68a", "/v1/responses/resp_68a/input_items?order=asc&limit=100", "/v1/responses/resp_68a/input_items?order=asc&limit=100&after=msg_0", "/v1/messages"],
            asked.Select(request => request.Target));
        Assert.All(asked.SkipLast(1), request => Assert.Equal($"Bearer {Bridge.OpenAiKey}", request.Header("authorization")));
        var turns = string.Join(' ', asked[^1].Json["messages"]!.AsArray().Select(turn => turn!["content"]!.ToJsonString()));
        Assert.Matches("zero.*one.*two.*three.*four.*five", turns);
        // From here on it is ours.
        var id = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
        Assert.Equal(6, JsonNode.Parse(await bridge.Http.GetStringAsync($"{bridge.Server.Url}/v1/responses/{id}/input_items"))!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_nobody_tells_whole_is_not_found()
    {
        foreach (var second in (byte[][])[RawAnswer.Of(404, "{}"), RawAnswer.Of(500, "{}"), RawAnswer.Of(200, "not JSON"), RawAnswer.Of(403, """{"object":"list","data":5}""")])
        {
            bridge.Upstream.Clear();
            bridge.Upstream.Script(RawAnswer.Of(200, """{"id":"resp_68b","output":[]}"""));
            bridge.Upstream.Script(second);
            using var answer = await PostAsync(new JsonObject { ["model"] = Here, ["input"] = "x", ["previous_response_id"] = "resp_68b" });
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.Contains("previous_response_not_found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Empty(bridge.Upstream.Requests());
        }
    }

    [Fact]
    public async Task What_we_do_not_know_goes_as_it_is_to_a_provider_that_stores()
    {
        const string Body = """{ "model":"@", "input" : [ {"type":"item_reference","id":"msg_68af"},{"type":"item_reference","id":"msg_acptoapi_unknown_0"}, {"role":"user","content":"<<say x>>"}],"previous_response_id":"resp_68af"}""";
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"id":"resp_1","object":"response","status":"completed","model":"m","output":[]}"""));
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", Body.Replace("@", There, StringComparison.Ordinal), null);
        var sent = await bridge.Upstream.RequestAsync();
        Assert.Equal("resp_68af", (string)sent.Json["previous_response_id"]!);
        Assert.Equal(["msg_68af", "msg_acptoapi_unknown_0"], sent.Json["input"]!.AsArray().SkipLast(1).Select(item => (string)item!["id"]!));

        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"id":"resp_1","object":"response","status":"completed","model":"m","output":[]}"""));
        var ordinary = Body.Replace("msg_acptoapi_unknown_0", "msg_68b0", StringComparison.Ordinal);
        using var passed = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", ordinary.Replace("@", There, StringComparison.Ordinal), null);
        Assert.Equal(ordinary.Replace("@", "fake-model", StringComparison.Ordinal), (await bridge.Upstream.RequestAsync()).Text);
    }

    [Theory, InlineData(Here, "/v1/messages"), InlineData(There, "/v1/responses")]
    public async Task Items_that_are_only_named_are_told(string model, string path)
    {
        var (id, items) = await CreateAsync(Here, "<<think Hm.>> <<say red>> <<tool look {\"at\":1}>>");
        Assert.Equal(["reasoning", "message", "function_call"], items.Select(item => (string)item["type"]!));
        var listed = JsonNode.Parse(await bridge.Http.GetStringAsync($"{bridge.Server.Url}/v1/responses/{id}/input_items"))!["data"]![0]!;
        bridge.Upstream.Clear();
        var input = new JsonArray(new JsonObject { ["type"] = "item_reference", ["id"] = (string)listed["id"]! });
        foreach (var item in items) input.Add((JsonNode)(item == items[0] ? new JsonObject { ["id"] = (string)item["id"]! } : new JsonObject { ["type"] = "item_reference", ["id"] = (string)item["id"]! }));
        input.Add((JsonNode)new JsonObject { ["type"] = "function_call_output", ["call_id"] = (string)items[2]["call_id"]!, ["output"] = "a tree" });
        input.Add((JsonNode)new JsonObject { ["role"] = "user", ["content"] = "<<say blue>>" });
        using var answer = await PostAsync(new JsonObject { ["model"] = model, ["input"] = input });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var sent = await bridge.Upstream.RequestAsync();
        Assert.Equal(path, sent.Path);
        Assert.Matches("(?s)say red.*red.*look.*a tree.*say blue", sent.Json[path == "/v1/messages" ? "messages" : "input"]!.ToJsonString());
        Assert.DoesNotContain("item_reference", sent.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("acptoapi", sent.Text, StringComparison.Ordinal);
    }

    [Theory, InlineData("/v1/responses"), InlineData("/v1/responses/input_tokens")]
    public async Task An_item_that_is_not_stored_is_told_and_nothing_is_sent(string path)
    {
        bridge.Upstream.Clear();
        foreach (var id in (string[])["msg_68af", "msg_acptoapi_0a_1", "msg_acptoapi__", "_acptoapi_"])
        {
            using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, $$"""{"model":"{{Here}}","input":[{"role":"user","content":"x"},{"type":"item_reference","id":"{{id}}"}]}""", null);
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal((400, "input[1].id"), ((int)answer.StatusCode, (string)error["param"]!));
            Assert.Contains("send the item itself", (string)error["message"]!, StringComparison.Ordinal);
        }
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task Items_answered_to_one_key_are_not_there_for_another()
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", bridge.Upstream.OpenAiUrl] });
        async Task<JsonNode> AskAsync(string body, string key, int status)
        {
            using var answer = await bridge.Http.PostAsync(server.Url + "/v1/responses", body, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key));
            Assert.Equal(status, (int)answer.StatusCode);
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        }
        var first = await AskAsync("""{"model":"fake-model","input":"<<say one>>"}""", "sk-one", 200);
        var next = $$"""{"model":"fake-model","input":[{"type":"item_reference","id":"{{first["output"]![0]!["id"]}}"},{"role":"user","content":"<<say two>>"}]}""";
        await AskAsync(next, "sk-two", 400);
        await AskAsync(next, "sk-one", 200);
    }

    [Fact]
    public async Task Who_does_not_answer_does_not_keep_another_from_telling()
    {
        await using var silent = FakeServer.Start();
        silent.Script(new RawScript([new RawStep([], TimeSpan.FromSeconds(60)), new RawStep(RawAnswer.Of(200, "{}"))]));
        await using var other = FakeServer.Start();
        other.Script(RawAnswer.Of(200, """{"id":"resp_1","output":[]}"""));
        other.Script(RawAnswer.Of(200, """{"data":[{"role":"user","content":"zero"},{"role":"user","content":"one"}]}"""));
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--config", "config.json"],
            Environment = Bridge.Behind(bridge.Upstream).Where(variable => !variable.Key.StartsWith("OPENAI", StringComparison.Ordinal)).ToDictionary(),
            Files = new()
            {
                ["config.json"] = $$$$"""{"providers":{"one":{"base-url":"{{{{silent.Url}}}}/v1","key":"sk-one-0123456789","formats":["responses"]},"two":{"base-url":"{{{{other.Url}}}}/v1","key":"sk-two-0123456789","formats":["responses"]}}}""",
            },
        });
        bridge.Upstream.Clear();
        using var answer = await bridge.Http.PostAsync(server.Url + "/v1/responses", new JsonObject { ["model"] = Here, ["input"] = "<<say x>>", ["previous_response_id"] = "resp_1" }.ToJsonString(), null)
            .WaitAsync(TimeSpan.FromSeconds(9), TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Matches("zero.*one", (await bridge.Upstream.RequestAsync()).Text);
    }

    async Task<(string Id, List<JsonNode> Items)> CreateAsync(string model, string text)
    {
        using var answer = await PostAsync(new JsonObject { ["model"] = model, ["input"] = text, ["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["name"] = "look", ["parameters"] = new JsonObject { ["type"] = "object" } }) });
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(200, (int)answer.StatusCode);
        return ((string)json["id"]!, [.. json["output"]!.AsArray().Select(item => item!)]);
    }

    Task<HttpResponseMessage> PostAsync(JsonObject body) => bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", body.ToJsonString(), null);
}
