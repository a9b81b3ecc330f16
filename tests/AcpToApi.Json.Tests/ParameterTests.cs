using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>What clients ask for, as each upstream takes it.</summary>
public class ParameterTests
{
    // google-genai for Python writes bytes in the URL-safe alphabet.
    [Theory]
    [InlineData("messages", "-_8=", "+/8=")]
    [InlineData("chat", "-_8=", "+/8=")]
    [InlineData("chat", "-_8", "+/8=")]
    [InlineData("responses", "__-_-w", "//+/+w==")]
    [InlineData("ollama", "-_8=", "+/8=")]
    [InlineData("converse", "-_8=", "+/8=")]
    [InlineData("cohere", "-_8=", "+/8=")]
    [InlineData("gemini", "-_8=", "+/8=")]
    [InlineData("messages", "+\\/8=", "+/8=")]
    public void Bytes_are_in_standard_base64(string format, string sent, string expected)
    {
        var body = Body("gemini", $$$"""{"contents":[{"parts":[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"{{{sent}}}"}}]}]}""", format, "claude");
        Assert.Contains($"{expected}\"", body.Replace("\\/", "/", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("-_", body, StringComparison.Ordinal);
    }

    static string Body(string dialect, string request, string format, string model, Quirks quirks = Quirks.None) =>
        Body(dialect, request, format, model, out _, quirks);

    static string Body(string dialect, string request, string format, string model, out string ignored, Quirks quirks = Quirks.None)
    {
        var read = Named(dialect).ReadRequest(Encoding.UTF8.GetBytes(request));
        var fields = new IgnoredFields();
        using var output = new PooledBuffer();
        Named(format).WriteRequest(read, new UpstreamTarget(JsonString.Of(model), quirks, Stream: false), output, fields);
        ignored = fields.ToString();
        var body = Encoding.UTF8.GetString(output.Written);
        JsonDocument.Parse(body).Dispose();
        return body;
    }

    static WireFormat Named(string name) => WireFormat.All.Single(format => format.Name == name);
}
