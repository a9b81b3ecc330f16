using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.Support;

/// <summary>Says a random answer that keeps the grammar of <see cref="IEventSink"/>; the same seed says the same.</summary>
static class RandomAnswer
{
    static readonly string[] Words = ["plain", "", "é日🦙", "\"quoted\"", "back\\slash", "line\nfeed", "\u0001", " ", "\"finish_reason\":\"stop\"", "data: [DONE]\n\n"];

    public static void Say(Random random, IEventSink sink)
    {
        sink.Start(new ResponseStart(JsonText.Plain(random.Next(2) == 0 ? "id-1"u8 : default), JsonText.Plain("model"u8)));
        var calls = 0;
        for (var events = random.Next(0, 12); events > 0; events--)
        {
            switch (random.Next(9))
            {
                case 0 or 1:
                    sink.Text(Word(random));
                    break;
                case 2:
                    sink.Reasoning(Word(random));
                    if (random.Next(3) == 0) sink.ReasoningSignature(JsonText.Plain("c2ln"u8));
                    break;
                case 3:
                    sink.Refusal(Word(random));
                    break;
                case 4:
                    sink.Usage(new TokenUsage(random.Next(10, 99), random.Next(50, 99), random.Next(1, 9), Reasoning: random.Next(0, 50)));
                    break;
                case 5:
                    sink.Citation(new Citation { Url = JsonText.Plain("https://example.com/\"a\""u8), Title = Word(random), Quote = Word(random), Start = 1, End = 5 });
                    break;
                case 6:
                    sink.Media(JsonText.Plain("image/png"u8), JsonText.Plain("iVBORw0KGgo="u8));
                    break;
                case 7:
                    sink.RedactedReasoning(JsonText.Plain("AAAA"u8));
                    break;
                default:
                    SayCall(random, sink, calls++);
                    break;
            }
        }
        sink.Finish(calls > 0 ? StopReason.ToolCalls : random.Next(4) switch
        {
            0 => StopReason.MaxTokens,
            1 => StopReason.ContentFilter,
            2 => StopReason.ContextWindow,
            _ => StopReason.EndTurn,
        }, default);
    }

    static void SayCall(Random random, IEventSink sink, int index)
    {
        sink.ToolCallStart(index, JsonText.Plain(Encoding.UTF8.GetBytes($"call_{index}")), JsonText.Plain("look"u8));
        if (random.Next(4) > 0)
        {
            var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = Words[random.Next(Words.Length)], ["b"] = "🦙\"" }));
            // Cut anywhere but inside a character: pieces are UTF-8 of their own.
            for (var start = 0; start < json.Length;)
            {
                var end = Math.Min(json.Length, start + random.Next(1, 8));
                while (end < json.Length && (json[end] & 0xC0) == 0x80) end++;
                sink.ToolCallArguments(index, JsonText.Plain(json.AsSpan(start, end - start)));
                start = end;
            }
        }
        sink.ToolCallEnd(index);
    }

    static JsonText Word(Random random)
    {
        var word = Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]);
        if (random.Next(2) == 0) return JsonText.Plain(word);
        return JsonText.Escaped(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Encoding.UTF8.GetString(word))[1..^1]));
    }
}
