using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// What must be kept of an answer for a later request to go on from it (<c>previous_response_id</c>): the items of its conversation, as raw
/// JSON arrays. Instructions are not carried over (API reference, <c>previous_response_id</c>).
/// </summary>
/// <param name="Input">The items that the answer was made from, those of earlier answers included.</param>
/// <param name="Output">The items of the answer.</param>
public sealed record ResponseHistory(ReadOnlyMemory<byte> Input, ReadOnlyMemory<byte> Output)
{
    /// <summary>
    /// What to keep of an answer: <paramref name="body"/> is the whole request that was answered (<see cref="WriteRequest"/>, where it went on from
    /// another one), <paramref name="answer"/> the <c>response</c> object.
    /// </summary>
    public static ResponseHistory Of(ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> answer)
    {
        using var input = new PooledBuffer();
        input.Write((byte)'[');
        WriteItems(Field(body, "input"u8), input);
        input.Write((byte)']');
        var output = Field(answer, "output"u8);
        return new ResponseHistory(input.Written.ToArray(), output.IsEmpty ? "[]"u8.ToArray() : output.ToArray());
    }

    /// <summary>The item of that id in the answer <paramref name="responseId"/> or among those that it was made from; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Find(string responseId, string itemId)
    {
        var item = new ResponseItems(Output, responseId).Find(itemId);
        return item.IsEmpty ? new ResponseItems(Input, responseId).Find(itemId) : item;
    }

    /// <summary>Writes <paramref name="body"/> as a whole request: the kept items before its own, and nothing that refers to what is stored.</summary>
    public void WriteRequest(ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        var reader = new BodyReader(body);
        output.Write("{\"input\":["u8);
        WriteItems(Input, output);
        WriteItems(Output, output);
        WriteItems(Field(body, "input"u8), output);
        output.Write((byte)']');
        while (reader.NextProperty())
        {
            var isKept = !reader.Is("input"u8) && !reader.Is("previous_response_id"u8);
            var name = reader.Name();
            reader.Next();
            var json = reader.Raw();
            if (!isKept) continue;
            output.Write((byte)',');
            output.WriteString(JsonString.Of(name).Text);
            output.Write((byte)':');
            output.Write(json.Span);
        }
        output.Write((byte)'}');
    }

    /// <summary>A field of an object as raw JSON; empty when it is not there, or null.</summary>
    internal static ReadOnlyMemory<byte> Field(ReadOnlyMemory<byte> body, ReadOnlySpan<byte> name)
    {
        var reader = new BodyReader(body);
        ReadOnlyMemory<byte> found = default;
        while (reader.NextProperty())
        {
            var isIt = reader.Is(name);
            if (!reader.Value()) continue;
            var json = reader.Raw();
            if (isIt) found = json;
        }
        return found;
    }

    // Appends items to an array that is open: those of another array, or a string, which is a user's message.
    internal static void WriteItems(ReadOnlyMemory<byte> items, PooledBuffer output)
    {
        if (items.IsEmpty) return;
        var isString = items.Span[0] == (byte)'"';
        var inside = isString ? items.Span : items.Span[1..^1].Trim(" \t\r\n"u8);
        if (inside.IsEmpty) return;
        if (output.Written[^1] != (byte)'[') output.Write((byte)',');
        if (isString) output.Write("{\"type\":\"message\",\"role\":\"user\",\"content\":"u8);
        output.Write(inside);
        if (isString) output.Write((byte)'}');
    }
}
