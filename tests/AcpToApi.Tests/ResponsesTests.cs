using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>OpenAI's Responses in front of providers that do not speak it: the events, and the conversation that is kept.</summary>
public sealed class ResponsesTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Model = "anthropic/fake-model";

    [Fact]
    public async Task The_events_come_in_order_and_are_counted()
    {
        using var answer = await PostAsync(new JsonObject { ["model"] = Model, ["stream"] = true, ["input"] = "<<think Hm.>> <<say one two three>>" });
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        var events = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => JsonNode.Parse(block[(block.IndexOf("data: ", StringComparison.Ordinal) + 6)..])!).ToList();
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        Assert.Equal(("response.created", "response.completed"), ((string)events[0]["type"]!, (string)events[^1]["type"]!));
        Assert.Equal("one two three", string.Concat(events.Where(e => (string)e["type"]! == "response.output_text.delta").Select(e => (string)e["delta"]!)));
        Assert.Equal(["reasoning", "message"], events[^1]["response"]!["output"]!.AsArray().Select(item => (string)item!["type"]!));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_stored_answer_is_gone_on_from_listed_and_forgotten(bool stream)
    {
        bridge.Upstream.Clear();
        var first = await CreateAsync(new JsonObject { ["model"] = Model, ["input"] = "<<say red>>", ["stream"] = stream });
        var id = (string)first["id"]!;
        var second = await CreateAsync(new JsonObject { ["model"] = Model, ["input"] = "<<say blue>>", ["previous_response_id"] = id });
        Assert.Equal(id, (string)second["previous_response_id"]!);
        var turns = bridge.Upstream.Requests()[^1].Json["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "user"], turns.Select(turn => (string)turn!["role"]!));
        Assert.Contains("red", turns[1]!.ToJsonString(), StringComparison.Ordinal);

        var url = $"{bridge.Server.Url}/v1/responses/{id}";
        Assert.Equal(id, (string)JsonNode.Parse(await bridge.Http.GetStringAsync(url))!["id"]!);
        Assert.Single(JsonNode.Parse(await bridge.Http.GetStringAsync(url + "/input_items"))!["data"]!.AsArray());
        using (var deleted = await bridge.Http.DeleteAsync(url)) Assert.Equal(200, (int)deleted.StatusCode);
        using var gone = await bridge.Http.GetAsync(url);
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task Input_items_are_whole_and_come_in_pages()
    {
        var answer = await CreateAsync(new JsonObject
        {
            ["model"] = Model,
            ["input"] = JsonNode.Parse("""
                [{"role":"user","content":"One \"é\""},{"role":"assistant","content":"Two"},{"id":"msg_own","type":"message","role":"user","content":[{"type":"input_text","text":"Three"}]},
                 {"type":"function_call","call_id":"c","name":"look","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"a tree"}]
                """),
        });
        var url = $"{bridge.Server.Url}/v1/responses/{answer["id"]}/input_items";
        var all = JsonNode.Parse(await bridge.Http.GetStringAsync(url + "?order=asc"))!;
        var items = all["data"]!.AsArray();
        Assert.Equal(5, items.Select(item => (string)item!["id"]!).Distinct().Count());
        Assert.All(items, item => Assert.Equal("completed", (string)item!["status"]!));
        Assert.Equal(("input_text", "One \"é\"", "message"), ((string)items[0]!["content"]![0]!["type"]!, (string)items[0]!["content"]![0]!["text"]!, (string)items[0]!["type"]!));
        Assert.Equal(("output_text", "msg_own"), ((string)items[1]!["content"]![0]!["type"]!, (string)items[2]!["id"]!));
        Assert.False((bool)all["has_more"]!);

        var newest = JsonNode.Parse(await bridge.Http.GetStringAsync(url + "?limit=2&include=x"))!;
        Assert.Equal(["function_call_output", "function_call"], newest["data"]!.AsArray().Select(item => (string)item!["type"]!));
        Assert.True((bool)newest["has_more"]!);
        var rest = JsonNode.Parse(await bridge.Http.GetStringAsync($"{url}?limit=3&after={newest["last_id"]}"))!;
        Assert.Equal((string)items[2]!["id"]!, (string)rest["first_id"]!);
        Assert.Equal(((string)items[0]!["id"]!, false), ((string)rest["last_id"]!, (bool)rest["has_more"]!));
        foreach (var wrong in (string[])["limit=0", "limit=101", "limit=x", "order=up", "after=item_unknown"])
        {
            using var refused = await bridge.Http.GetAsync($"{url}?{wrong}");
            Assert.Equal((400, wrong.Split('=')[0]), ((int)refused.StatusCode, (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["param"]!));
        }
    }

    [Fact]
    public async Task Odd_items_are_listed_as_they_are()
    {
        using var created = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", $$"""{"model":"{{Model}}","input":[{"role":"user","content":"<<say x>>"},{"type":"function_call","role":5,"call_id":"c","name":"n","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"z","\ud800":1}]}""", null);
        var id = (string)JsonNode.Parse(await created.Content.ReadAsStringAsync())!["id"]!;
        using var listed = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/responses/{id}/input_items");
        Assert.Equal(200, (int)listed.StatusCode);
        Assert.Contains("\"role\":5", await listed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_cannot_be_cancelled_or_streamed_again()
    {
        var answer = await CreateAsync(new JsonObject { ["model"] = Model, ["input"] = "<<say x>>" });
        using var cancelled = await bridge.Http.PostAsync($"{bridge.Server.Url}/v1/responses/{answer["id"]}/cancel", "", null);
        Assert.Equal(400, (int)cancelled.StatusCode);
        using var unknown = await bridge.Http.PostAsync($"{bridge.Server.Url}/v1/responses/resp_unknown/cancel", "", null);
        Assert.Equal(404, (int)unknown.StatusCode);
        using var streamed = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/responses/{answer["id"]}?stream=true");
        Assert.Equal(400, (int)streamed.StatusCode);
        using var deleted = await bridge.Http.DeleteAsync($"{bridge.Server.Url}/v1/responses/{answer["id"]}");
        Assert.Equal($$"""{"id":"{{answer["id"]}}","object":"response","deleted":true}""", await deleted.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_is_not_to_be_stored_is_not()
    {
        var answer = await CreateAsync(new JsonObject { ["model"] = Model, ["input"] = "<<say x>>", ["store"] = false });
        using var got = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/responses/{answer["id"]}");
        Assert.Equal(404, (int)got.StatusCode);
    }

    [Fact]
    public async Task An_unknown_previous_answer_is_told_and_nothing_is_sent()
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync(new JsonObject { ["model"] = Model, ["input"] = "x", ["previous_response_id"] = "resp_unknown" });
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("previous_response_not_found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task A_freeform_tool_is_a_function_there_and_itself_again_here()
    {
        bridge.Upstream.Clear();
        var answer = await CreateAsync(new JsonObject
        {
            ["model"] = Model,
            ["input"] = """<<tool apply_patch {"input":"*** Begin Patch"}>>""",
            ["tools"] = new JsonArray(new JsonObject { ["type"] = "custom", ["name"] = "apply_patch", ["description"] = "patches" }),
        });
        var call = answer["output"]!.AsArray().Single(item => (string)item!["type"]! == "custom_tool_call")!;
        Assert.Equal(("apply_patch", "*** Begin Patch"), ((string)call["name"]!, (string)call["input"]!));
        Assert.Equal("apply_patch", (string)bridge.Upstream.Requests()[^1].Json["tools"]![0]!["name"]!);
    }

    async Task<JsonNode> CreateAsync(JsonObject body)
    {
        using var answer = await PostAsync(body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        if (body["stream"] is null || !(bool)body["stream"]!) return JsonNode.Parse(text)!;
        var last = text.TrimEnd().Split("\n\n")[^1];
        return JsonNode.Parse(last[(last.IndexOf("data: ", StringComparison.Ordinal) + 6)..])!["response"]!;
    }

    Task<HttpResponseMessage> PostAsync(JsonObject body) => bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", body.ToJsonString(), null);
}
