using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>The answer of the CLI to a request of ours.</summary>
/// <param name="Refusal">Why it was refused; null when it was done.</param>
public sealed record ClaudeAnswer(string? Refusal)
{
    /// <summary>Reads the answer to the request <paramref name="id"/> from a line; null when the line is something else.</summary>
    public static ClaudeAnswer? Read(ReadOnlySpan<byte> data, string id)
    {
        try
        {
            return Find(data, id);
        }
        catch (JsonException)
        {
            // Something else wrote into its output.
            return null;
        }
    }

    static ClaudeAnswer? Find(ReadOnlySpan<byte> data, string id)
    {
        var line = ClaudeLine.Read(data);
        if (line.Type != ClaudeLineType.ControlResponse || line.Response.IsEmpty) return null;
        var (isMeant, isError, error) = (false, false, "");
        var json = new Utf8JsonReader(line.Response);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("request_id"u8)) isMeant = json.ReadText().ToString() == id;
            else if (json.ValueTextEquals("subtype"u8)) isError = json.ReadText().Is("error"u8);
            else if (json.ValueTextEquals("error"u8)) error = json.ReadText().ToString();
            else json.SkipValue();
        }
        return isMeant ? new ClaudeAnswer(isError ? error : null) : null;
    }
}
