using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.Support;

/// <summary>The answers of the corpus, streamed and whole, of every wire format that is read.</summary>
static class Answers
{
    // Bedrock's are lines of "event json", which become binary messages.
    static readonly (string Folder, WireFormat Format, string Ending)[] Formats =
    [
        ("anthropic-messages", WireFormat.AnthropicMessages, "stream.sse"),
        ("bedrock-converse", WireFormat.BedrockConverse, "stream.events"),
        ("cohere", WireFormat.CohereChat, "stream.sse"),
        ("gemini", WireFormat.Gemini, "stream.sse"),
        ("ollama", WireFormat.Ollama, "stream.ndjson"),
        ("openai-chat", WireFormat.OpenAiChat, "stream.sse"),
        ("openai-completions", WireFormat.OpenAiCompletions, "stream.sse"),
        ("openai-responses", WireFormat.OpenAiResponses, "stream.sse"),
    ];

    /// <summary>Folder and case of every stream.</summary>
    public static TheoryData<string, string> Streams => Cases(format => format.Ending);

    /// <summary>Folder and case of every whole answer.</summary>
    public static TheoryData<string, string> Whole => Cases(_ => "response.json");

    /// <summary>The format that a folder holds.</summary>
    public static WireFormat Format(string folder) => Find(folder).Format;

    /// <summary>The bytes of a stream.</summary>
    public static byte[] Stream(string folder, string name) => Stream(folder, Corpus.Read(folder, name, Find(folder).Ending));

    /// <summary>The bytes of a stream that is in the corpus' form.</summary>
    public static byte[] Stream(string folder, byte[] text) => folder == "bedrock-converse" ? AwsMessage.Stream(Encoding.UTF8.GetString(text).Split('\n')) : text;

    /// <summary>A stream in the corpus' form, line by line.</summary>
    public static string[] Lines(string folder, string name) => Encoding.UTF8.GetString(Corpus.Read(folder, name, Find(folder).Ending)).Split('\n');

    static (string Folder, WireFormat Format, string Ending) Find(string folder) => Array.Find(Formats, format => format.Folder == folder);

    static TheoryData<string, string> Cases(Func<(string Folder, WireFormat Format, string Ending), string> ending)
    {
        var cases = new TheoryData<string, string>();
        foreach (var format in Formats)
        {
            foreach (var name in Corpus.Cases(format.Folder, ending(format))) cases.Add(format.Folder, name);
        }
        return cases;
    }
}
