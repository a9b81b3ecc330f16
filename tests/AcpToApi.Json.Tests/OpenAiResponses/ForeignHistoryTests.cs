using System.Text;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiResponses;

/// <summary>A conversation put together of what another provider tells, whichever way it tells it.</summary>
public class ForeignHistoryTests
{
    // Whether the input of an answer holds the answers before it, the API reference does not say.
    [Theory, InlineData(false), InlineData(true)]
    public void No_item_is_taken_twice_and_none_is_left_out(bool inputHoldsAll)
    {
        using var history = new ForeignHistory();
        Assert.Equal("resp_1", history.AddAnswer(Bytes("""{"id":"resp_2","previous_response_id":"resp_1","output":[{"id":"d"}]}""")));
        Assert.Null(history.AddItems(Bytes(inputHoldsAll ? """{"data":[{"id":"a"},{"id":"b"},{"id":"c"}]}""" : """{"data":[{"id":"c"}],"has_more":false}""")));
        Assert.Equal(inputHoldsAll ? null : "resp_0", history.AddAnswer(Bytes("""{"id":"resp_1","previous_response_id":"resp_0","output":[{"id":"b"}]}""")));
        Assert.Equal("a", history.AddItems(Bytes("""{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}""")));
        Assert.Null(history.AddItems(Bytes("""{"data":[],"has_more":true}""")));
        var told = history.ToHistory();
        Assert.Equal(("""[{"id":"a"},{"id":"b"},{"id":"c"}]""", """[{"id":"d"}]"""), (Text(told.Input), Text(told.Output)));
    }

    [Fact]
    public void Items_without_ids_are_all_taken()
    {
        using var history = new ForeignHistory();
        history.AddAnswer(Bytes("""{"output":null}"""));
        Assert.Equal("2", history.AddItems(Bytes("""{"data":[{"x":1},{"x":2}],"has_more":true,"last_id":"2"}""")));
        history.AddItems(Bytes("""{"data":[{"x":3},{"x":4}]}"""));
        var told = history.ToHistory();
        Assert.Equal(("""[{"x":1},{"x":2},{"x":3},{"x":4}]""", "[]"), (Text(told.Input), Text(told.Output)));
    }

    [Theory]
    [InlineData("""{"input":[{"id":"msg_acptoapi_a_0"},{"type":"item_reference","id":"x"},{"role":"user","content":"{\"type\":\"item_reference\"}"}],"model":"m"}""", """{"input":[{"y":1},{"type":"item_reference","id":"x"},{"role":"user","content":"{\"type\":\"item_reference\"}"}],"model":"m"}""")]
    [InlineData("""{"model":"m", "input" : [ { "id":"msg_acptoapi_a_0" , "type":null }, 5 , "s"] , "x":[{"id":"msg_acptoapi_a_0"}]}""", """{"model":"m", "input" : [ {"y":1}, 5 , "s"] , "x":[{"id":"msg_acptoapi_a_0"}]}""")]
    [InlineData("""{"input":[{"id":"msg_acptoapi_a_0","type":"message"},{"id":"msg_acptoapi_a_0","role":"user"},{"type":"item_reference"},{"id":5}]}""", null)]
    [InlineData("""{"input":"item_reference"}""", null)]
    public void Only_references_are_replaced(string body, string? expected)
    {
        using var output = new PooledBuffer();
        Assert.Equal(expected is not null, ResponseReferences.TryWriteItems(Bytes(body), id => id == "msg_acptoapi_a_0" ? Bytes("""{"y":1}""") : default, keepsUnknown: true, output));
        Assert.Equal(expected ?? "", Encoding.UTF8.GetString(output.Written));
    }

    [Theory]
    [InlineData("msg_acptoapi_0a1b_12", "resp_0a1b")]
    [InlineData("item_acptoapi_0a_b_0", "resp_0a_b")]
    [InlineData("msg_acptoapi_12", null)]
    [InlineData("msg_68af", null)]
    [InlineData("_acptoapi_", null)]
    [InlineData("acptoapi_x_1", null)]
    [InlineData("", null)]
    public void An_id_of_ours_tells_its_answer(string id, string? response) => Assert.Equal(response, ResponseItemIds.ResponseOf(id));

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);
}
