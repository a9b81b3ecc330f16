using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The client's own tools with coding agents over HTTP, against their fake servers.</summary>
public class OpenCodeToolTests(FakeAgentBridge bridge) : IClassFixture<FakeAgentBridge>
{
    internal const string Tools = """[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}},{"type":"function","function":{"name":"get_time","parameters":{"type":"object"}}}]""";

    [Theory, InlineData(true), InlineData(false)]
    public async Task Tools_of_the_client_are_called_and_the_turn_goes_on_with_their_results(bool stream)
    {
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"<<say Wait.>> <<tools get_weather {{\"city\":\"Oslo\"}} & get_time {{}}>> <<tool get_weather {{\"city\":\"Rome\"}}>> <<say Done {stream}.>>" });
        var conversations = new HashSet<string?>();
        for (var round = 0; ; round++)
        {
            var body = new JsonObject { ["model"] = "opencode/m", ["stream"] = stream, ["tools"] = JsonNode.Parse(Tools), ["messages"] = messages.DeepClone() };
            using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
            Assert.True(answer.IsSuccessStatusCode, answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync());
            conversations.Add(answer.Header("X-Conversation-ID"));
            var (text, calls, finish) = stream ? Joined(await answer.EventsAsync()) : Joined(await answer.JsonAsync());
            if (round == 2)
            {
                Assert.Equal($"Tool said: sunny in Rome. Done {stream}.", text.Replace(".Done", ". Done", StringComparison.Ordinal));
                Assert.Equal(("stop", 0), (finish, calls.Count));
                break;
            }
            Assert.Equal("tool_calls", finish);
            Assert.Equal(round == 0 ? ["get_time", "get_weather"] : ["get_weather"], calls.Select(call => (string)call["function"]!["name"]!).Order());
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = text, ["tool_calls"] = new JsonArray([.. calls.Select(call => call.DeepClone())]) });
            foreach (var call in calls)
            {
                var city = (string?)JsonNode.Parse((string)call["function"]!["arguments"]!)!["city"];
                messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string?)call["id"], ["content"] = city is null ? "noon" : $"sunny in {city}" });
            }
        }
        Assert.Single(conversations);
    }

    [Fact]
    public async Task Calls_that_overtake_one_another_and_the_text_are_told_after_it_and_in_order()
    {
        var body = Front.Chat.Body("opencode/m", """<<late 300>> <<say Wait.>> <<tools get_weather {"city":"Oslo"} & get_time {} & get_weather {"city":"Rome"}>>""", stream: true);
        body["tools"] = JsonNode.Parse(Tools);
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        var (text, calls, finish) = Joined(await answer.EventsAsync());
        Assert.Equal(("Wait.", "tool_calls"), (text, finish));
        Assert.Equal(["get_weather{\"city\":\"Oslo\"}", "get_time{}", "get_weather{\"city\":\"Rome\"}"], calls.Select(call => $"{call["function"]!["name"]}{call["function"]!["arguments"]}"));
        body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = text, ["tool_calls"] = new JsonArray([.. calls.Select(call => call.DeepClone())]) });
        foreach (var (call, result) in calls.Zip(["rain", "noon", "sun"]).Reverse()) body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string?)call["id"], ["content"] = result });
        using var rest = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        Assert.Equal("Tool said: rain. Tool said: noon. Tool said: sun. ", Joined(await rest.EventsAsync()).Text);
    }

    [Fact]
    public async Task A_client_that_never_brings_the_result_has_its_turn_ended()
    {
        await using var own = await OwnServer.StartAsync(["--agent-timeout", "1s"]);
        var body = Front.Chat.Body("opencode/m", "<<tool get_weather {}>>", stream: false);
        body["tools"] = JsonNode.Parse(Tools);
        using var answer = await own.Http.PostJsonAsync(own.Server.Url + Front.Chat.Path, body);
        Assert.Equal("tool_calls", (string?)(await answer.JsonAsync())["choices"]![0]!["finish_reason"]);
        for (var i = 0; i < 500 && !(await own.Http.GetStringAsync(own.Server.Url + "/conversations")).Contains("[]", StringComparison.Ordinal); i++) await Task.Delay(10);
        Assert.Contains("[]", await own.Http.GetStringAsync(own.Server.Url + "/conversations"), StringComparison.Ordinal);
    }

    static (string Text, List<JsonNode> Calls, string? Finish) Joined(JsonNode answer)
    {
        var message = answer["choices"]![0]!["message"]!;
        return ((string?)message["content"] ?? "", [.. message["tool_calls"]?.AsArray().Select(call => call!) ?? []], (string?)answer["choices"]![0]!["finish_reason"]);
    }

    static (string Text, List<JsonNode> Calls, string? Finish) Joined(List<Frame> events)
    {
        var calls = new List<JsonNode>();
        foreach (var piece in events.Where(e => e.IsJson).SelectMany(e => e.Json["choices"]?.AsArray().FirstOrDefault()?["delta"]?["tool_calls"]?.AsArray() ?? []))
        {
            var index = (int)piece!["index"]!;
            if (index == calls.Count) calls.Add(piece.DeepClone());
            else calls[index]["function"]!["arguments"] = (string?)calls[index]["function"]!["arguments"] + (string?)piece["function"]!["arguments"];
        }
        return (OpenCodeServeTests.Text(events), calls, OpenCodeServeTests.Finish(events));
    }
}
