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
    [InlineData("iVBORw0KGgoAAAANSUhEUgAAAlgAAAGQCAYAAAA", 320)] // PNG, 600 by 400
    [InlineData("R0lGODlhWAKQAQAAAA==", 320)] // GIF, 600 by 400
    [InlineData("bm90IGFuIGltYWdlIGF0IGFsbA==", 1600)]
    public void An_image_weighs_by_its_size(string base64, long tokens) => Assert.InRange(Estimate($$$"""
        {"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{base64}}}"}}]}]}
        """), tokens, tokens + 12);

    [Fact]
    public void Tools_bring_a_preamble() => Assert.InRange(
        Estimate("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"name":"now","input_schema":{"type":"object"}}]}"""), 450, 650);

    static long Estimate(string body) => TokenEstimate.Of(WireFormat.AnthropicMessages.ReadTokenCountRequest(Encoding.UTF8.GetBytes(body)), "claude-sonnet-4-6");
}
