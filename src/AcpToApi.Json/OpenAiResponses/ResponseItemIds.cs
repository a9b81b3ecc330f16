using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// The ids of items that we made: <c>msg_acptoapi_{answer}_{number}</c>. Clients send them back, but no provider knows them; and they tell in which
/// stored answer the item is.
/// </summary>
public static class ResponseItemIds
{
    const string Mark = "acptoapi_";

    /// <summary>Whether a body holds such an id, so that a provider of the same wire format would refuse it.</summary>
    public static bool AreIn(ReadOnlySpan<byte> body) => body.IndexOf("_acptoapi_"u8) >= 0;

    /// <summary>Appends the id of an answer's item; <paramref name="prefix"/> tells the kind of item (<c>msg_</c>).</summary>
    public static void Write(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> answer, int number, PooledBuffer output)
    {
        output.Write(prefix);
        output.Write("acptoapi_"u8);
        output.Write(answer);
        output.Write((byte)'_');
        output.Write(number);
    }

    /// <summary>The id of an item that an answer was made from, and that had none.</summary>
    public static string OfInput(string responseId, int number) => $"item_{Mark}{responseId.Replace("resp_", "", StringComparison.Ordinal)}_{number}";

    /// <summary>The answer that an item belongs to; null when the id is not ours.</summary>
    public static string? ResponseOf(string itemId)
    {
        var start = itemId.IndexOf('_' + Mark, StringComparison.Ordinal) + Mark.Length + 1;
        var end = itemId.LastIndexOf('_');
        return start > Mark.Length && end > start ? "resp_" + itemId[start..end] : null;
    }
}
