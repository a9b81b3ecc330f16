using System.Text;
using System.Text.Json;

namespace AcpToApi.Json.Tests.OpenAiResponses;

/// <summary>What clients of <c>/v1/responses</c> rely on, checked over the events of one stream.</summary>
static class ResponsesRules
{
    // Those of the specification's 58 types that a writer has a use for.
    static readonly HashSet<string> Types =
    [
        "response.created", "response.in_progress", "response.completed", "response.incomplete", "response.failed", "error",
        "response.output_item.added", "response.output_item.done", "response.content_part.added", "response.content_part.done",
        "response.output_text.delta", "response.output_text.done", "response.output_text.annotation.added",
        "response.image_generation_call.in_progress", "response.image_generation_call.completed", "response.refusal.delta", "response.refusal.done",
        "response.reasoning_summary_part.added", "response.reasoning_summary_part.done",
        "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
        "response.function_call_arguments.delta", "response.function_call_arguments.done",
        "response.custom_tool_call_input.delta", "response.custom_tool_call_input.done",
    ];

    public static void Check(string stream)
    {
        var state = new State();
        var sequence = 0;
        foreach (var frame in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (frame[0] == ':') continue;
            var lines = frame.Split('\n');
            Assert.Equal(2, lines.Length);
            using var json = JsonDocument.Parse(lines[1]["data: ".Length..]);
            var type = json.RootElement.GetProperty("type").GetString()!;
            Assert.Equal($"event: {type}", lines[0]);
            Assert.Contains(type, Types);
            Assert.Equal(sequence++, json.RootElement.GetProperty("sequence_number").GetInt32());
            state.Take(type, json.RootElement.Clone());
        }
        Assert.True(state.Ended, "no last event");
    }

    sealed class State
    {
        readonly List<string> _items = [];
        readonly List<string> _parts = [];
        readonly StringBuilder _text = new();
        readonly List<string> _annotations = [];
        string? _responseId;
        JsonElement? _item;
        string? _part;
        bool _contentDone;

        public bool Ended { get; private set; }

        public void Take(string type, JsonElement e)
        {
            Assert.False(Ended, "nothing follows the end");
            switch (type)
            {
                case "error":
                    Assert.Null(_responseId);
                    Ended = true;
                    break;
                case "response.created":
                    Assert.Null(_responseId);
                    _responseId = Response(e, "in_progress");
                    break;
                case "response.in_progress":
                    Assert.Equal(_responseId, Response(e, "in_progress"));
                    break;
                case "response.completed" or "response.incomplete":
                    Assert.Null(_item);
                    End(type, e);
                    break;
                case "response.failed":
                    End(type, e);
                    break;
                case "response.output_item.added":
                    Assert.NotNull(_responseId);
                    Assert.Null(_item);
                    Assert.Equal(_items.Count, e.GetProperty("output_index").GetInt32());
                    _item = e.GetProperty("item");
                    Assert.DoesNotContain(_items, item => item.Contains($"\"{Id()}\"", StringComparison.Ordinal));
                    break;
                case "response.output_item.done":
                    EndItem(e);
                    break;
                default:
                    Assert.Equal(Id(), e.GetProperty("item_id").GetString());
                    Assert.Equal(_items.Count, e.GetProperty("output_index").GetInt32());
                    TakeContent(type, e);
                    break;
            }
        }

        void TakeContent(string type, JsonElement e)
        {
            if (type.Contains("_part.", StringComparison.Ordinal) || type.Contains("_text.", StringComparison.Ordinal) || type.Contains("refusal.", StringComparison.Ordinal))
            {
                var index = e.GetProperty(type.Contains("summary", StringComparison.Ordinal) ? "summary_index" : "content_index").GetInt32();
                Assert.Equal(_parts.Count, index);
            }
            if (type.StartsWith("response.image_generation_call.", StringComparison.Ordinal)) Assert.Equal("image_generation_call", ItemType());
            else if (type.EndsWith("annotation.added", StringComparison.Ordinal))
            {
                Assert.Equal("output_text", _part);
                Assert.Equal(_annotations.Count, e.GetProperty("annotation_index").GetInt32());
                _annotations.Add(e.GetProperty("annotation").GetRawText());
            }
            else if (type.EndsWith("_part.added", StringComparison.Ordinal))
            {
                Assert.Null(_part);
                _part = e.GetProperty("part").GetProperty("type").GetString();
                _contentDone = false;
                _text.Clear();
            }
            else if (type.EndsWith("_part.done", StringComparison.Ordinal))
            {
                Assert.True(_contentDone, "a part ends after its text");
                var part = e.GetProperty("part");
                Assert.Equal(_part, part.GetProperty("type").GetString());
                Assert.Equal(_text.ToString(), part.GetProperty(_part == "refusal" ? "refusal" : "text").GetString());
                if (_part == "output_text") Assert.Equal(_annotations, part.GetProperty("annotations").EnumerateArray().Select(annotation => annotation.GetRawText()));
                _annotations.Clear();
                _parts.Add(part.GetRawText());
                _part = null;
            }
            else if (type.EndsWith(".delta", StringComparison.Ordinal))
            {
                Assert.False(_contentDone);
                Assert.Equal(KindOf(type), _part ?? ItemType());
                Assert.NotEqual("", e.GetProperty("delta").GetString());
                _text.Append(e.GetProperty("delta").GetString());
            }
            else
            {
                Assert.Equal(KindOf(type), _part ?? ItemType());
                var name = new[] { "text", "refusal", "arguments", "input" }.Single(name => e.TryGetProperty(name, out _));
                Assert.Equal(_text.ToString(), e.GetProperty(name).GetString());
                _contentDone = true;
            }
        }

        static string KindOf(string type) => type.Split('.')[1] switch
        {
            "output_text" => "output_text",
            "refusal" => "refusal",
            "reasoning_summary_text" => "summary_text",
            "function_call_arguments" => "function_call",
            _ => "custom_tool_call",
        };

        void EndItem(JsonElement e)
        {
            Assert.Null(_part);
            var item = e.GetProperty("item");
            Assert.Equal(Id(), item.GetProperty("id").GetString());
            Assert.Equal(ItemType(), item.GetProperty("type").GetString());
            if (item.TryGetProperty("call_id", out var call))
            {
                Assert.True(_contentDone, "a call ends after its arguments");
                Assert.Equal(call.GetString(), _item!.Value.GetProperty("call_id").GetString());
                Assert.Equal(_text.ToString(), item.GetProperty(ItemType() == "function_call" ? "arguments" : "input").GetString());
            }
            else if (ItemType() == "image_generation_call") Assert.NotEqual("", item.GetProperty("result").GetString());
            else
            {
                var parts = item.GetProperty(ItemType() == "reasoning" ? "summary" : "content").EnumerateArray().Select(part => part.GetRawText());
                Assert.Equal(_parts, parts);
            }
            _items.Add(item.GetRawText());
            _parts.Clear();
            _text.Clear();
            _contentDone = false;
            _item = null;
        }

        void End(string type, JsonElement e)
        {
            Assert.Equal(_responseId, Response(e, type["response.".Length..]));
            var response = e.GetProperty("response");
            Assert.Equal(_items, response.GetProperty("output").EnumerateArray().Select(item => item.GetRawText()));
            Assert.Equal(type == "response.failed", response.GetProperty("error").ValueKind == JsonValueKind.Object);
            Assert.Equal(type == "response.incomplete", response.GetProperty("incomplete_details").ValueKind == JsonValueKind.Object);
            Ended = true;
        }

        string Id() => _item!.Value.GetProperty("id").GetString()!;

        string ItemType() => _item!.Value.GetProperty("type").GetString()!;

        // The fields that the specification requires.
        static string Response(JsonElement e, string status)
        {
            var response = e.GetProperty("response");
            foreach (var name in (string[])["id", "object", "created_at", "error", "incomplete_details", "instructions", "model", "tools", "output",
                "parallel_tool_calls", "metadata", "tool_choice", "temperature", "top_p"])
            {
                Assert.True(response.TryGetProperty(name, out _), name);
            }
            Assert.Distinct(response.EnumerateObject().Select(field => field.Name));
            Assert.Equal(status, response.GetProperty("status").GetString());
            return response.GetProperty("id").GetString()!;
        }
    }
}
