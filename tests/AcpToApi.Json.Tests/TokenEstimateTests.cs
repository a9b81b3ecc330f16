using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Estimates against what tokenizers of today make of such texts.</summary>
public class TokenEstimateTests
{
    [Theory]
    [InlineData("Hello", 7, 10)]
    [InlineData("The quick brown fox jumps over the lazy dog.", 15, 22)]
    [InlineData("東京の天気は今日とても良いです。", 18, 30)]
    [InlineData("for (var i = 0; i < 10; i++)\\n{\\n    sum += values[i];\\n}", 28, 48)]
    public void A_text_weighs_what_it_should(string escaped, long least, long most) =>
        Assert.InRange(Estimate($$"""{"model":"m","messages":[{"role":"user","content":"{{escaped}}"}]}"""), least, most);

    [Fact]
    public void Escapes_weigh_what_they_stand_for() => Assert.InRange(
        Estimate("""{"model":"m","messages":[{"role":"user","content":"\u6771\u4eac\u306e"}]}""")
        - Estimate("""{"model":"m","messages":[{"role":"user","content":"東京の"}]}"""), -1, 1);

    [Theory]
    [InlineData("iVBORw0KGgoAAAANSUhEUgAAAlgAAAGQCAYAAAA", 332)] // PNG, 600 by 400
    [InlineData("R0lGODlhWAKQAQAAAA==", 332)] // GIF, 600 by 400
    [InlineData("bm90IGFuIGltYWdlIGF0IGFsbA==", 1600)]
    public void An_image_weighs_by_its_size(string base64, long tokens) => Assert.InRange(Estimate($$$"""
        {"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{base64}}}"}}]}]}
        """), tokens, tokens + 12);

    [Fact]
    public void Tools_bring_a_preamble() => Assert.InRange(
        Estimate("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"name":"now","input_schema":{"type":"object"}}]}"""), 450, 650);

    [Theory]
    [InlineData("claude-sonnet-4-6", false, 470, 620)]
    [InlineData("claude-3-7-sonnet", false, 360, 420)]
    [InlineData("gpt-5.4", false, 35, 50)]
    [InlineData("gemini-2.5-pro", false, 35, 50)]
    [InlineData("gemini-2.5-pro", true, 2, 8)]
    [InlineData("qwen3:4b", false, 130, 180)]
    [InlineData("Qwen/Qwen3.5-9B", false, 250, 310)]
    [InlineData("nobody-knows-it", false, 180, 250)]
    public void A_tool_costs_what_the_models_template_makes_of_it(string model, bool countsBareTools, long least, long most)
    {
        var request = WireFormat.AnthropicMessages.ReadTokenCountRequest("""
            {"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"name":"now","description":"Tells the time","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}]}
            """u8.ToArray());
        Assert.InRange(TokenEstimate.Of(request, model, countsBareTools), least, most);
    }

    [Theory]
    [InlineData("claude-sonnet-4-6", true, 600)]
    [InlineData("claude-sonnet-4-6", false, 0)]
    [InlineData("gpt-5.4", true, 0)]
    public void Documents_to_cite_bring_instructions(string model, bool isEnabled, long tokens)
    {
        long Of(string citations) => TokenEstimate.Of(WireFormat.AnthropicMessages.ReadTokenCountRequest(Encoding.UTF8.GetBytes(
            $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"document",{{{citations}}}"source":{"type":"text","media_type":"text/plain","data":"abc"}}]}]}""")), model);
        Assert.Equal(tokens, Of($$"""
            "citations":{"enabled":{{(isEnabled ? "true" : "false")}}},
            """) - Of(""));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(40, false)]
    [InlineData(300, false)]
    public void A_signature_of_geminis_counts_for_the_thoughts_behind_its_first_record(int second, bool isFree)
    {
        byte[] Record(int length) => [0x0A, (byte)(0x80 | (length & 0x7F)), (byte)(length >> 7), .. new byte[length]];
        byte[] signature = [.. Record(300), .. second > 0 ? Record(second) : []];
        long Of(string signed) => TokenEstimate.Of(WireFormat.Gemini.ReadTokenCountRequest(Encoding.UTF8.GetBytes(
            """{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"now","args":{}}""" + signed
            + """}]},{"role":"user","parts":[{"functionResponse":{"name":"now","response":{}}}]}]}""")), "gemini-2.5-flash");
        var costs = Of($",\"thoughtSignature\":\"{Convert.ToBase64String(signature).Replace('/', '_').Replace('+', '-')}\"") - Of("");
        if (isFree) Assert.Equal(0, costs);
        else Assert.InRange(costs, signature.Length / 7, signature.Length / 4);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", false)]
    [InlineData("claude-sonnet-4-6", true)]
    public void Reasoning_counts_until_the_next_question_and_where_it_is_kept_beyond(string model, bool keeps)
    {
        const string Thought = """{"type":"thinking","thinking":"one two three four five six seven eight nine ten","signature":"s"},""";
        const string Next = """,{"role":"assistant","content":"ok"},{"role":"user","content":"y"}""";
        long Of(string thought, string next) => Estimate(
            """{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":[""" + thought
            + """{"type":"tool_use","id":"t","name":"now","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"noon"}]}""" + next + "]}", model);
        Assert.InRange(Of(Thought, "") - Of("", ""), 9, 13);
        Assert.Equal(keeps, Of(Thought, Next) > Of("", Next));
    }

    [Theory]
    [InlineData("gpt-4o", "1234567", 4)]
    [InlineData("gemini-2.5-pro", "1234567", 8)]
    [InlineData("gpt-4o", "getCurrentWeather", 3)]
    [InlineData("gpt-4o", "get_date", 2)]
    [InlineData("gpt-4o", "It's fine", 2)]
    [InlineData("gemini-2.5-pro", "It's fine", 3)]
    [InlineData("gpt-4o", "{\\n        return;\\n    }\\n", 6)]
    [InlineData("gpt-4o", "one \\u003c two", 3)]
    public void Texts_are_cut_as_tokenizers_do(string model, string escaped, long tokens)
    {
        long Of(string text) => TokenEstimate.Of(WireFormat.AnthropicMessages.ReadTokenCountRequest(
            Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""")), model);
        Assert.Equal(tokens, Of("x " + escaped) - Of("x"));
    }

    [Fact]
    public void A_text_document_weighs_by_its_text() => Assert.InRange(
        Estimate("""{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"VGhpcyBpcyBhIHRlc3QgZG9jdW1lbnQu"}}]}]}"""), 51, 56);

    [Theory]
    [InlineData("claude-3-opus-20240229", "any", -249)]
    [InlineData("claude-sonnet-4-0", "any", 2)]
    [InlineData("claude-4-sonnet", "any", 2)]
    [InlineData("claude-haiku-4.5", "any", 92)]
    [InlineData("claude-haiku-4-5", "none", 0)]
    [InlineData("claude-haiku-4-5", "auto\",\"disable_parallel_tool_use\":true,\"x\":\"", -183)]
    [InlineData("anthropic/claude-opus-4.7", "any", 129)]
    [InlineData("claude-opus-4-8", "any", 120)]
    [InlineData("qwen3:4b", "any", 0)]
    public void Instructions_for_tools_depend_on_whether_one_must_be_called(string model, string choice, long tokens)
    {
        long Of(string type) => Estimate($$$"""
            {"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"{{{type}}}"},"tools":[{"name":"now","input_schema":{"type":"object"}}]}
            """, model);
        Assert.Equal(tokens, Of(choice) - Of("auto"));
    }

    [Theory]
    [InlineData("gpt-4o", true)]
    [InlineData("claude-sonnet-4-6", true)]
    [InlineData("qwen3:4b", false)]
    public void Tools_that_may_not_be_called_may_count_too(string model, bool count)
    {
        const string None = """{"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":"none","tools":[{"type":"function","function":{"name":"now"}}]}""";
        const string Nothing = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
        Assert.Equal(count, EstimateChat(None, model) > EstimateChat(Nothing, model));
    }

    [Theory]
    [InlineData("enabled\",\"budget_tokens\":1024,\"x\":\"", 29)]
    [InlineData("adaptive", 0)]
    [InlineData("disabled", 0)]
    public void Being_asked_to_think_costs_what_it_takes_to_say(string thinking, long tokens) => Assert.Equal(tokens,
        Estimate($$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"thinking":{"type":"{{{thinking}}}"}}""") - Estimate("""{"model":"m","messages":[{"role":"user","content":"x"}]}"""));

    [Fact]
    public void The_newer_tokenizer_of_Claude_makes_more_of_a_text()
    {
        var body = $$"""{"model":"m","messages":[{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("north wind", 100))}}"}]}""";
        Assert.InRange(Estimate(body, "claude-opus-4-8") / (double)Estimate(body), 1.3, 1.4);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"city":{"type":"string"}}}""", 15, 30)]
    [InlineData("""{ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"], "additionalProperties": false }""", 15, 30)]
    [InlineData("""{"type":"object","properties":{"required":{"type":"object","properties":{"city":{"type":"string"}}}}}""", 31, 44)]
    public void OpenAI_shows_a_schema_without_what_only_checks_the_answer(string schema, long least, long most) => Assert.InRange(
        EstimateChat($$$$"""
            {"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{{{{schema}}}}}}}
            """, "gpt-4o") - EstimateChat("""{"model":"m","messages":[{"role":"user","content":"x"}]}""", "gpt-4o"), least, most);

    [Fact]
    public void Calls_at_once_are_a_call_of_their_own_at_OpenAI()
    {
        static long Of(string turns, string model) => EstimateChat($$"""{"model":"m","messages":[{"role":"user","content":"x"},{{turns}}]}""", model);
        static string Call(string id) => $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"now","arguments":"{}"}}""";
        static string Result(string id) => $$"""{"role":"tool","tool_call_id":"{{id}}","content":"noon"}""";
        var together = $$"""{"role":"assistant","tool_calls":[{{Call("a")}},{{Call("b")}}]},{{Result("a")}},{{Result("b")}}""";
        var apart = $$"""{"role":"assistant","tool_calls":[{{Call("a")}}]},{{Result("a")}},{"role":"assistant","tool_calls":[{{Call("b")}}]},{{Result("b")}}""";
        Assert.True(Of(together, "gpt-4o") > Of(apart, "gpt-4o"));
        Assert.True(Of(together, "qwen3:4b") < Of(apart, "qwen3:4b"));
    }

    [Theory]
    [InlineData("gpt-5")]
    [InlineData("qwen3:4b")]
    public void A_grammar_counts(string model)
    {
        static string With(string rules) => $$$$$"""
            {"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"custom","custom":{"name":"patch","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"{{{{{rules}}}}}"}}}}]}
            """;
        var grows = EstimateChat(With("start: one | two | three | four"), model) - EstimateChat(With("start: one"), model);
        Assert.InRange(grows, 5, 8);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", 50, 62)]
    [InlineData("gpt-4o", 2, 6)]
    public void An_object_within_a_declaration_may_be_one_of_its_own(string model, long least, long most)
    {
        static string With(string property) => $$$$$"""
            {"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"name":"book","input_schema":{"type":"object","properties":{"room":{{{{{property}}}}}}}}]}
            """;
        Assert.InRange(Estimate(With("""{"type":"object","properties":{"size":{"type":"string"}}}"""), model) - Estimate(With("""{"type":"string"}"""), model), least, most);
    }

    [Theory]
    [InlineData("gemini-2.5-flash", 258)]
    [InlineData("mistral-medium-latest", 0)]
    [InlineData("claude-sonnet-4-6", 1600)]
    public void A_page_costs_what_the_model_sees_of_it(string model, long tokens) => Assert.InRange(
        EstimateChat("""{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQK"}}]}]}""", model)
        - EstimateChat("""{"model":"m","messages":[{"role":"user","content":""}]}""", model), tokens, tokens + 2);

    [Theory]
    [InlineData("mp3", new byte[] { 0xFF, 0xFB, 0x90, 0 }, "gemini-2.5-flash", 64)] // MPEG-1, 128 kbit/s
    [InlineData("mp3", new byte[] { 0xFF, 0xF3, 0x80, 0 }, "gemini-2.5-flash", 128)] // MPEG-2, 64 kbit/s
    [InlineData("mp3", new byte[] { (byte)'I', (byte)'D', (byte)'3', 4 }, "gemini-2.5-flash", 64)]
    [InlineData("mp3", new byte[] { 0xFF, 0xFB, 0xF0, 0 }, "gpt-audio", 20)] // no rate
    [InlineData("mp3", new byte[] { 0xFF, 0xFB, 0x90, 0 }, "voxtral-small-latest", 0)]
    [InlineData("wav", new byte[] { (byte)'R', (byte)'I', (byte)'F', (byte)'F' }, "gemini-2.5-flash", 32)] // 32,000 bytes to a second
    [InlineData("wav", new byte[] { 0 }, "gemini-2.5-flash", 64)]
    public void Sound_costs_by_its_seconds(string format, byte[] head, string model, long tokens)
    {
        var sound = new byte[32_000];
        head.CopyTo(sound, 0);
        sound[29] = 0x7D;
        long Of(string part) => EstimateChat($$"""{"model":"m","messages":[{"role":"user","content":[{{part}}]}]}""", model);
        Assert.InRange(Of($$$"""{"type":"input_audio","input_audio":{"format":"{{{format}}}","data":"{{{Convert.ToBase64String(sound)}}}"}}""") - Of("""{"type":"text","text":""}"""), tokens, tokens + 1);
    }

    [Fact]
    public void Sound_of_an_address_costs_nothing_that_could_be_known() => Assert.Equal(0, EstimateGemini(
        """{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"audio/mpeg","fileUri":"https://example.com/a.mp3"}}]}]}""")
        - EstimateGemini("""{"contents":[{"role":"user","parts":[{"text":""}]}]}"""));

    [Theory]
    [InlineData("grok-3", 0)]
    [InlineData("grok-3-mini", 131)]
    [InlineData("grok-4.3", 192)]
    [InlineData("grok-4-1-fast-non-reasoning", 0)]
    [InlineData("mistral-medium-latest", 3)]
    [InlineData("mistral-small-latest", 15)]
    public void A_providers_own_prompt_counts(string model, long tokens) =>
        Assert.Equal(tokens + 1, EstimateChat("""{"model":"m","messages":[{"role":"user","content":"x"}]}""", model));

    [Fact]
    public void Mistral_says_nothing_of_thinking_where_the_answer_is_to_be_JSON() => Assert.Equal(4, EstimateChat(
        """{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}""", "mistral-small-latest"));

    static long Estimate(string body, string model = "claude-sonnet-4-6") => Of(WireFormat.AnthropicMessages, body, model);

    static long EstimateChat(string body, string model) => Of(WireFormat.OpenAiChat, body, model);

    static long EstimateGemini(string body) => Of(WireFormat.Gemini, body, "gemini-2.5-flash");

    static long Of(WireFormat format, string body, string model) => TokenEstimate.Of(format.ReadTokenCountRequest(Encoding.UTF8.GetBytes(body)), model);
}
