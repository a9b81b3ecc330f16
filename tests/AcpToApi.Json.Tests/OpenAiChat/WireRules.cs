using System.Text;
using System.Text.Json;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>What clients of chat completions rely on, checked over the frames of one stream.</summary>
static class WireRules
{
    public static void Check(string stream)
    {
        var frames = stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(frame => frame[0] != ':').ToList();
        Assert.All(frames, frame => Assert.StartsWith("data: ", frame, StringComparison.Ordinal));
        Assert.NotEmpty(frames);
        if (frames[^1].StartsWith("data: {\"error\"", StringComparison.Ordinal)) frames.RemoveAt(frames.Count - 1);
        else
        {
            Assert.Equal("data: [DONE]", frames[^1]);
            frames.RemoveAt(frames.Count - 1);
            Assert.Single(frames, frame => HasFinish(frame["data: ".Length..]));
        }
        string? head = null;
        var (roles, calls, usages) = (0, new List<string>(), 0);
        var arguments = new List<StringBuilder>();
        foreach (var frame in frames)
        {
            using var json = JsonDocument.Parse(frame["data: ".Length..]);
            Unique(json.RootElement);
            var root = json.RootElement;
            var thisHead = $"{root.GetProperty("id")}|{root.GetProperty("object")}|{root.GetProperty("created")}|{root.GetProperty("model")}";
            head ??= thisHead;
            Assert.Equal(head, thisHead);
            Assert.Equal("chat.completion.chunk", root.GetProperty("object").GetString());
            var choices = root.GetProperty("choices");
            if (choices.GetArrayLength() == 0)
            {
                Assert.Equal(JsonValueKind.Object, root.GetProperty("usage").ValueKind);
                usages++;
                continue;
            }
            Assert.Equal(0, usages);
            Assert.Equal(0, choices[0].GetProperty("index").GetInt32());
            var delta = choices[0].GetProperty("delta");
            if (delta.TryGetProperty("role", out var role))
            {
                Assert.Equal("assistant", role.GetString());
                roles++;
            }
            Assert.Equal(1, roles); // first and once
            if (!delta.TryGetProperty("tool_calls", out var pieces)) continue;
            foreach (var piece in pieces.EnumerateArray())
            {
                var index = piece.GetProperty("index").GetInt32();
                if (piece.TryGetProperty("id", out var id))
                {
                    Assert.Equal(calls.Count, index);
                    Assert.NotEqual("", id.GetString());
                    Assert.Equal("function", piece.GetProperty("type").GetString());
                    Assert.NotNull(piece.GetProperty("function").GetProperty("name").GetString());
                    calls.Add(id.GetString()!);
                    arguments.Add(new StringBuilder());
                }
                Assert.Equal(calls.Count - 1, index);
                arguments[index].Append(piece.GetProperty("function").GetProperty("arguments").GetString());
            }
        }
        if (stream.Contains("[DONE]", StringComparison.Ordinal)) Assert.All(arguments, whole => JsonDocument.Parse(whole.ToString()).Dispose());
    }

    static bool HasFinish(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        return json.RootElement.GetProperty("choices") is var choices && choices.GetArrayLength() > 0
            && choices[0].GetProperty("finish_reason").ValueKind == JsonValueKind.String;
    }

    static void Unique(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Unique(item);
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        Assert.Distinct(element.EnumerateObject().Select(field => field.Name));
        foreach (var field in element.EnumerateObject()) Unique(field.Value);
    }
}
