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

    [Fact]
    public void Reasoning_counts_until_the_next_question()
    {
        const string Thought = """{"type":"thinking","thinking":"one two three four five six seven eight nine ten","signature":"s"},""";
        const string Next = """,{"role":"assistant","content":"ok"},{"role":"user","content":"y"}""";
        static long Of(string thought, string next) => Estimate(
            """{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":[""" + thought
            + """{"type":"tool_use","id":"t","name":"now","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"noon"}]}""" + next + "]}");
        Assert.InRange(Of(Thought, "") - Of("", ""), 9, 13);
        Assert.Equal(Of("", Next), Of(Thought, Next));
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
        Estimate("""{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"VGhpcyBpcyBhIHRlc3QgZG9jdW1lbnQu"}}]}]}"""), 11, 16);

    static long Estimate(string body) => TokenEstimate.Of(WireFormat.AnthropicMessages.ReadTokenCountRequest(Encoding.UTF8.GetBytes(body)), "claude-sonnet-4-6");
}
