using System.Runtime.InteropServices;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary><c>logprobsResult</c> of a candidate: the chosen tokens, and beside them the likeliest ones, in two lists.</summary>
static class GeminiLogprobs
{
    /// <summary>Says the tokens of a <c>logprobsResult</c>.</summary>
    public static void Say(ReadOnlySpan<byte> json, IEventSink sink)
    {
        using var document = JsonDocument.Parse(json.ToArray());
        var chosen = Items(document.RootElement, "chosenCandidates");
        var top = Items(document.RootElement, "topCandidates");
        using var tokens = new PooledBuffer();
        for (var i = 0; i < chosen.Length; i++)
        {
            tokens.Write(i == 0 ? "{"u8 : ",{"u8);
            WriteToken(chosen[i], tokens);
            tokens.Write(",\"top_logprobs\":["u8);
            var others = i < top.Length ? Items(top[i], "candidates") : [];
            for (var other = 0; other < others.Length; other++)
            {
                tokens.Write(other == 0 ? "{"u8 : ",{"u8);
                WriteToken(others[other], tokens);
                tokens.Write((byte)'}');
            }
            tokens.Write("]}"u8);
        }
        if (tokens.Length > 0) sink.Logprobs(tokens.Written);
    }

    /// <summary>Appends a <c>logprobsResult</c> of tokens in OpenAI's form.</summary>
    public static void Write(ReadOnlySpan<byte> tokens, PooledBuffer output)
    {
        using var list = new PooledBuffer();
        list.Write((byte)'[');
        list.Write(tokens);
        list.Write((byte)']');
        using var document = JsonDocument.Parse(list.WrittenMemory);
        output.Write("{\"topCandidates\":["u8);
        var count = 0;
        foreach (var token in document.RootElement.EnumerateArray())
        {
            output.Write(count++ == 0 ? "{\"candidates\":["u8 : ",{\"candidates\":["u8);
            WriteCandidates(Items(token, "top_logprobs"), output);
            output.Write("]}"u8);
        }
        output.Write("],\"chosenCandidates\":["u8);
        WriteCandidates([.. document.RootElement.EnumerateArray()], output);
        output.Write("]}"u8);
    }

    static void WriteCandidates(JsonElement[] tokens, PooledBuffer output)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            output.Write(i == 0 ? "{\"token\":"u8 : ",{\"token\":"u8);
            output.Write(Raw(tokens[i], "token", "\"\""u8));
            output.Write(",\"logProbability\":"u8);
            output.Write(Raw(tokens[i], "logprob", "0"u8));
            output.Write((byte)'}');
        }
    }

    static void WriteToken(JsonElement candidate, PooledBuffer output)
    {
        output.Write("\"token\":"u8);
        output.Write(Raw(candidate, "token", "\"\""u8));
        output.Write(",\"logprob\":"u8);
        output.Write(Raw(candidate, "logProbability", "0"u8));
        WriteBytes(Raw(candidate, "token", "\"\""u8), output);
    }

    static void WriteBytes(ReadOnlySpan<byte> token, PooledBuffer output)
    {
        using var plain = new PooledBuffer();
        if (token is [(byte)'"', .. var inside, (byte)'"']) JsonText.Escaped(inside).WriteDecoded(plain);
        output.Write(",\"bytes\":["u8);
        for (var i = 0; i < plain.Length; i++)
        {
            if (i > 0) output.Write((byte)',');
            output.Write((long)plain.Written[i]);
        }
        output.Write((byte)']');
    }

    static ReadOnlySpan<byte> Raw(JsonElement parent, string name, ReadOnlySpan<byte> otherwise) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? JsonMarshal.GetRawUtf8Value(value) : otherwise;

    static JsonElement[] Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
}
