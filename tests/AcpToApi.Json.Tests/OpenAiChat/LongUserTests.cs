using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class LongUserTests
{
    [Theory, InlineData(64, false), InlineData(65, true)]
    public void A_user_id_that_OpenAI_would_refuse_is_hashed(int length, bool hashed)
    {
        var id = new string('u', length);
        var request = WireFormat.AnthropicMessages.ReadRequest(Encoding.UTF8.GetBytes(
            $$$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":"{{{id}}}"}}"""));
        using var body = new PooledBuffer();
        WireFormat.OpenAiChat.WriteRequest(request, new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), body, new IgnoredFields());
        var user = System.Text.Json.JsonDocument.Parse(body.WrittenMemory).RootElement.GetProperty("user").GetString()!;
        Assert.Equal(64, user.Length);
        Assert.Equal(!hashed, user == id);
    }
}
