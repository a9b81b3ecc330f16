using System.Text.Json;
using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>The rules of Anthropic's block events, written down a second time and without looking at the writer.</summary>
static class AnthropicBlockRules
{
    public static void Check(ReadOnlySpan<byte> stream)
    {
        using var framing = new SseReader();
        var (next, open, openType, started, delta, stopped, failed) = (0, -1, "", false, false, false, false);
        for (var taken = 0; framing.TryRead(stream[taken..], isFinal: true, out var found, out var consumed); taken += consumed)
        {
            using var document = JsonDocument.Parse(found.Data.ToArray());
            var data = document.RootElement;
            var type = data.GetProperty("type").GetString()!;
            Assert.Equal(type, System.Text.Encoding.UTF8.GetString(found.Name));
            Assert.False(stopped || failed, $"{type} after the end");
            if (type == "ping") continue;
            Assert.True(started || type is "message_start" or "error", $"{type} before message_start");
            switch (type)
            {
                case "message_start":
                    Assert.False(started, "two message_starts");
                    started = true;
                    Assert.True(InputOf(data.GetProperty("message")) > 0, "message_start must tell some input");
                    break;
                case "content_block_start":
                    Assert.Equal(-1, open);
                    open = next++;
                    Assert.Equal(open, data.GetProperty("index").GetInt32());
                    openType = data.GetProperty("content_block").GetProperty("type").GetString()!;
                    break;
                case "content_block_delta":
                    Assert.Equal(open, data.GetProperty("index").GetInt32());
                    Assert.Equal(openType, TypeOfDelta(data.GetProperty("delta").GetProperty("type").GetString()!));
                    break;
                case "content_block_stop":
                    Assert.Equal(open, data.GetProperty("index").GetInt32());
                    open = -1;
                    break;
                case "message_delta":
                    Assert.False(delta, "two message_deltas");
                    Assert.Equal(-1, open);
                    delta = true;
                    Assert.False(string.IsNullOrEmpty(data.GetProperty("delta").GetProperty("stop_reason").GetString()));
                    break;
                case "message_stop":
                    Assert.True(delta, "message_stop without message_delta");
                    stopped = true;
                    break;
                case "error":
                    failed = true;
                    break;
                default:
                    Assert.Fail("unknown event " + type);
                    break;
            }
        }
        Assert.True(stopped || failed, "no end");
    }

    static long InputOf(JsonElement message)
    {
        var usage = message.GetProperty("usage");
        return usage.GetProperty("input_tokens").GetInt64() + usage.GetProperty("cache_read_input_tokens").GetInt64()
            + usage.GetProperty("cache_creation_input_tokens").GetInt64();
    }

    static string TypeOfDelta(string delta) => delta switch
    {
        "text_delta" or "citations_delta" => "text",
        "thinking_delta" or "signature_delta" => "thinking",
        "input_json_delta" => "tool_use",
        _ => "none",
    };
}
