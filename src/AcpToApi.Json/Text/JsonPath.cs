using System.Text;
using System.Text.Json;

namespace AcpToApi.Json.Text;

/// <summary>Finds the path (<c>messages[2].content[0].type</c>) of a place in a JSON body. Only errors ask, so readers need not keep count.</summary>
static class JsonPath
{
    /// <summary>The path of the token at <paramref name="offset"/>; of the enclosing object or array when that token ends it. Empty at the top.</summary>
    public static string At(ReadOnlySpan<byte> body, long offset)
    {
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        var steps = new Stack<Step>();
        try
        {
            while (reader.Read() && reader.TokenStartIndex < offset) Follow(ref reader, steps);
            if (reader.TokenType == JsonTokenType.PropertyName) Follow(ref reader, steps);
            else if (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray)) BeginValue(steps);
        }
        catch (JsonException)
        {
            // The path up to the broken place is what there is to tell.
        }
        return Render(steps);
    }

    static void Follow(ref Utf8JsonReader reader, Stack<Step> steps)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                steps.Peek().Name = Encoding.UTF8.GetString(reader.ValueSpan);
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                BeginValue(steps);
                steps.Push(new Step { IsArray = reader.TokenType == JsonTokenType.StartArray });
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                steps.Pop();
                EndValue(steps);
                break;
            default:
                BeginValue(steps);
                EndValue(steps);
                break;
        }
    }

    static void BeginValue(Stack<Step> steps)
    {
        if (steps.TryPeek(out var step) && step.IsArray) step.Index++;
    }

    static void EndValue(Stack<Step> steps)
    {
        if (steps.TryPeek(out var step) && !step.IsArray) step.Name = null;
    }

    static string Render(Stack<Step> steps)
    {
        var path = new StringBuilder();
        foreach (var step in steps.Reverse())
        {
            if (step.IsArray && step.Index >= 0) path.Append('[').Append(step.Index).Append(']');
            else if (step.Name is { } name) path.Append(path.Length > 0 ? "." : "").Append(name);
        }
        return path.ToString();
    }

    sealed class Step
    {
        public bool IsArray { get; init; }

        public int Index { get; set; } = -1;

        public string? Name { get; set; }
    }
}
