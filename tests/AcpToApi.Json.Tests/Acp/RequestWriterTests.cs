using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Acp;

/// <summary>What agents of the Agent Client Protocol are prompted with, and what we answer as one.</summary>
public class RequestWriterTests
{
    const AcpContent All = AcpContent.Images | AcpContent.Audio | AcpContent.Resources;

    const string Talk = """{"role":"system","content":"Be brief."},{"role":"user","content":"one"},{"role":"assistant","content":"two","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c","content":"three"}""";

    [Fact]
    public void A_new_session_is_told_instructions_and_earlier_turns_in_marked_texts()
    {
        var blocks = Prompt($$"""{"model":"m","messages":[{{Talk}},{"role":"user","content":"four"}]}""");
        Assert.Equal(3, blocks.Count);
        Assert.Equal("<instructions>\nBe brief.\n</instructions>", Text(blocks[0]));
        foreach (var said in (string[])["<conversation_so_far", "one", "two", "f", "{\"a\":1}", "three"]) Assert.Contains(said, Text(blocks[1]), StringComparison.Ordinal);
        Assert.DoesNotContain("Be brief.", Text(blocks[1]), StringComparison.Ordinal);
        Assert.Equal("four", Text(blocks[2]));
    }

    [Fact]
    public void A_session_that_heard_the_rest_is_told_the_new_part_only()
    {
        var blocks = Prompt($$"""{"model":"m","messages":[{{Talk}},{"role":"user","content":"four"}]}""", first: 4);
        Assert.Equal("four", Text(Assert.Single(blocks)));
        Assert.Equal(["<instructions>\nBe brief.\n</instructions>", "four"], Prompt($$"""{"model":"m","messages":[{{Talk}},{"role":"user","content":"four"}]}""", first: 4, repeats: true).Select(Text));
    }

    [Fact]
    public void A_conversation_that_ends_with_a_result_is_gone_on_with() =>
        Assert.Equal("Go on from here.", Text(Prompt($$"""{"model":"m","messages":[{{Talk}}]}""")[^1]));

    [Fact]
    public void Media_go_as_blocks_of_their_kind()
    {
        var blocks = Prompt("""
            {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"look"},
            {"type":"image_url","image_url":{"url":"data:image/jpeg;base64,aGk="}},{"type":"image_url","image_url":{"url":"https://x/a.png"}},
            {"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}},{"type":"file","file":{"filename":"a b.pdf","file_data":"data:application/pdf;base64,aGk="}}]}]}
            """);
        Assert.Equal(["text", "image", "resource_link", "audio", "resource"], blocks.Select(block => (string)block!["type"]!));
        Assert.Equal(("image/jpeg", "aGk="), ((string)blocks[1]!["mimeType"]!, (string)blocks[1]!["data"]!));
        Assert.Equal("https://x/a.png", (string?)blocks[2]!["uri"]);
        Assert.Equal(("attachment:///a%20b.pdf", "application/pdf", "aGk="), ((string)blocks[4]!["resource"]!["uri"]!, (string)blocks[4]!["resource"]!["mimeType"]!, (string)blocks[4]!["resource"]!["blob"]!));
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}""", "pictures")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}""", "sound")]
    [InlineData("""{"type":"file","file":{"file_data":"data:application/pdf;base64,aGk="}}""", "documents")]
    [InlineData("""{"type":"file","file":{"file_id":"f"}}""", "uploaded elsewhere")]
    public void What_an_agent_does_not_take_is_refused(string part, string says)
    {
        var refused = Assert.Throws<BridgeException>(() => Prompt($$"""{"model":"m","messages":[{"role":"user","content":[{{part}}]}]}""", accepted: AcpContent.None));
        Assert.Equal(400, refused.Error.Status);
        Assert.Contains(says, refused.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_agent_has_no_place_for_is_named()
    {
        var ignored = new IgnoredFields();
        Prompt("""
            {"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":5,"temperature":0,"top_p":0.5,"stop":"z","seed":1,"n":2,"logprobs":true,"user":"u","frequency_penalty":1,
            "presence_penalty":1,"reasoning_effort":"low","logit_bias":{"1":1},"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","parallel_tool_calls":false}
            """, ignored: ignored);
        foreach (var name in (string[])["max_tokens", "temperature", "top_p", "seed", "n", "logprobs", "user", "frequency_penalty", "presence_penalty", "reasoning_effort", "logit_bias", "tool_choice", "parallel_tool_calls"])
        {
            Assert.Contains(name, ignored.ToString().Split(", "));
        }
        // Heeded on our side (StopSequences).
        Assert.DoesNotContain("stop", ignored.ToString().Split(", "));
    }

    [Fact]
    public void A_schema_is_asked_for_in_words()
    {
        var ignored = new IgnoredFields();
        var blocks = Prompt("""{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","title":"zed"}}}}""", ignored: ignored);
        Assert.Contains("\"title\":\"zed\"", Text(blocks[0]), StringComparison.Ordinal);
        Assert.Contains("strict", ignored.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_we_say_as_an_agent_is_understood_by_our_reader()
    {
        using var lines = new PooledBuffer();
        using (var writer = new AcpUpdateWriter("s", "7"u8.ToArray(), lines))
        {
            writer.Start(default);
            writer.Reasoning(JsonText.Plain("hm\n"u8));
            writer.Text(JsonText.Escaped("a \\\"b\\\" \\u00e9"u8));
            writer.ToolCallStart(0, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
            writer.ToolCallArguments(0, JsonText.Plain("{\"x\":\n1}"u8));
            writer.ToolCallEnd(0);
            writer.Usage(new TokenUsage(45, 4, 30, 5));
            writer.Finish(StopReason.MaxTokens, default);
            writer.Cancel();
            Assert.Equal("a \"b\" é", Encoding.UTF8.GetString(writer.Said));
        }
        var record = new Support.RecordingSink();
        Support.Replay.Feed(new AcpFormat(All), lines.Written.ToArray(), Support.Replay.Every(3), new Json.Sinks.OwnToolPresenter(new Support.GrammarCheckingSink(record), OwnTools.Calls));
        Assert.Equal(
            """
            start id= model=
            reasoning hm\n
            text a \"b\" \u00e9
            call 0 id=c name=f
            arguments 0 {\"x\": 1}
            end 0
            text \n\n<tool_result name=\"f\">\n\n</tool_result>\n\n
            usage input=45 output=4 cache_read=30 cache_write=5 reasoning=0
            finish MaxTokens

            """, record.Record);
        Assert.Equal(1, Encoding.UTF8.GetString(lines.Written).Split('\n').Count(line => line.Contains("\"id\":7", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_prompt_becomes_a_message_of_the_chat_dialect()
    {
        const string Request = """
            {"id":1,"method":"session/prompt","params":{"sessionId":"s","prompt":[{"type":"text","text":"a\"b"},{"type":"image","mimeType":"image/png","data":"aGk="},
            {"type":"resource","resource":{"uri":"file:///a.cs","text":"x\ny"}},{"type":"resource","resource":{"uri":"a.pdf","mimeType":"application/pdf","blob":"aGk="}},{"type":"resource_link","uri":"file:///b","name":"b"}]}}
            """;
        using var output = new PooledBuffer();
        AcpPrompt.WriteMessage(JsonRpcMessage.Read(Encoding.UTF8.GetBytes(Request)), output);
        using var chat = new PooledBuffer();
        AcpPrompt.WriteChat("m", [], output.Written, chat);
        var message = Assert.Single(WireFormat.OpenAiChat.ReadRequest(chat.Written.ToArray()).Messages);
        Assert.Equal(["a\"b", "<resource uri=\"file:///a.cs\">\nx\ny\n</resource>", "[file:///b]"], message.Parts.OfType<TextPart>().Select(part => part.Text.ToString()));
        Assert.Equal([MediaKind.Image, MediaKind.Document], message.Parts.OfType<MediaPart>().Select(part => part.Kind));
    }

    static string Text(JsonNode? block) => (string)block!["text"]!;

    static JsonArray Prompt(string chat, int first = 0, bool repeats = false, AcpContent accepted = All, IgnoredFields? ignored = null)
    {
        using var output = new PooledBuffer();
        var request = WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(chat));
        AcpRequests.Prompt(1, "s", request, new AcpFormat(accepted) { RepeatsInstructions = repeats }, first, output, ignored ?? new());
        return JsonNode.Parse(output.Written)!["params"]!["prompt"]!.AsArray();
    }
}
