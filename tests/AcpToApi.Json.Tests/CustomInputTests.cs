using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>The free text of custom tools, taken out of a function's arguments while they come.</summary>
public class CustomInputTests
{
    static readonly JsonSerializerOptions Raw = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Any_text_comes_out_in_pieces_that_are_strings_wherever_it_is_cut()
    {
        string[] pieces = ["a", " ", "\n", "\"", "\\", "é", "\U0001f98a", "{\"input\":\"", "*** Begin", "\t", "\u0001", "/"];
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var options = random.Next(2) == 0 ? Raw : JsonSerializerOptions.Default;
            var arguments = $"{{{(random.Next(2) == 0 ? "" : " ")}\"input\"{(random.Next(2) == 0 ? ":" : " : ")}{JsonSerializer.Serialize(text, options)}}}";
            Assert.Equal(text, Read(Cut(arguments, random)));
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{}", "{}")]
    [InlineData("no JSON", "no JSON")]
    [InlineData("{\"other\":1,\"input\":\"x\"}", "x")]
    [InlineData("{\"input\":\"x\",\"other\":\"y\"}", "x")]
    [InlineData("{\"input\":7}", "{\"input\":7}")]
    [InlineData("{\"inp ut\":\"x\"}", "{\"inp ut\":\"x\"}")]
    [InlineData("{\"input\":\"brok", "brok")]
    public void Other_forms_are_known_at_the_end(string arguments, string text)
    {
        for (var seed = 0; seed < 20; seed++) Assert.Equal(text, Read(Cut(arguments, new Random(seed))));
    }

    [Fact]
    public void What_has_been_said_is_not_kept()
    {
        using var input = new CustomInput();
        input.Reset();
        input.Add(JsonText.Escaped("{\\\"input\\\":\\\""u8));
        var piece = "a long line\\\\n"u8.ToArray();
        Assert.Equal("a long line\\n", Encoding.UTF8.GetString(input.Add(JsonText.Escaped(piece)).Bytes));
        Assert.Equal(0, Support.Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) input.Add(JsonText.Escaped(piece));
        }));
    }

    static List<string> Cut(string text, Random random)
    {
        var all = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(random.Next(1, 9), text.Length - at);
            all.Add(text.Substring(at, length));
            at += length;
        }
        return all;
    }

    // Each fragment is a JSON string by itself, as it comes from a provider.
    static string Read(List<string> fragments)
    {
        using var input = new CustomInput();
        input.Reset();
        var all = new StringBuilder();
        foreach (var fragment in fragments) all.Append(Decoded(input.Add(JsonText.Escaped(Escaped(fragment)))));
        return all.Append(Decoded(input.End())).ToString();
    }

    static byte[] Escaped(string fragment)
    {
        var json = new StringBuilder();
        foreach (var letter in fragment)
        {
            if (char.IsSurrogate(letter)) json.Append($"\\u{(int)letter:x4}");
            else json.Append(JsonSerializer.Serialize(letter.ToString(), Raw)[1..^1]);
        }
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    static string Decoded(JsonText text) => JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString(text.Bytes)}\"")!;
}
