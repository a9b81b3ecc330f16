using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Reads a provider's whole answer, up to a limit.</summary>
static class UpstreamBody
{
    /// <summary>Reads to the end; returns why that did not work, or null.</summary>
    public static async Task<BridgeError?> ReadAsync(Stream content, PooledBuffer body, string provider, Heartbeat heartbeat, CancellationToken cancel)
    {
        using var held = new HeldBytes();
        try
        {
            while (true)
            {
                // Larger only when it is full: a copy of what is there is not made for the sake of a last few bytes.
                var read = await content.ReadAsync(body.GetMemory(), heartbeat.Token);
                if (read == 0) return null;
                body.Advance(read);
                heartbeat.Heard();
                if (held.Hold(body.Length, provider, "an answer") is { } tooLarge) return tooLarge;
            }
        }
        catch (OperationCanceledException) when (heartbeat.TimedOut && !cancel.IsCancellationRequested)
        {
            return heartbeat.Error(provider);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return TransportErrors.BrokenOff(provider);
        }
    }

    /// <summary>Whether the bytes are one well-formed JSON object, or an array (Gemini without <c>alt=sse</c>).</summary>
    public static bool IsJson(ReadOnlySpan<byte> body) => Is(body, JsonTokenType.StartObject, "") || Is(body, JsonTokenType.StartArray, "");

    /// <summary>Whether the bytes are a JSON object that has an <c>error</c> object, as OpenAI's and Anthropic's error bodies do.</summary>
    public static bool IsErrorObject(ReadOnlySpan<byte> body) => Is(body, JsonTokenType.StartObject, "error");

    static bool Is(ReadOnlySpan<byte> body, JsonTokenType kind, string member)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != kind) return false;
            var found = member.Length == 0;
            while (reader.Read())
            {
                if (found || reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(member)) continue;
                reader.Read();
                found = reader.TokenType == JsonTokenType.StartObject;
            }
            return found;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
