using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>What every front end writes, event by event, against its vendor's own schema, for every answer of the corpus.</summary>
public class SchemaTests
{
    static readonly Dictionary<string, JsonObject> Documents = [];

    public static TheoryData<string> Fronts => ["chat", "completions", "responses", "messages", "gemini", "gemini-array", "ollama", "generate"];

    [Theory, MemberData(nameof(Fronts))]
    public void Streams_keep_the_schema(string front)
    {
        var format = FormatOf(front);
        Check(front, (source, body) =>
        {
            using var output = new PooledBuffer();
            using var writer = format.CreateWriter(output, Context);
            Replay.Feed(source, body, Replay.Whole, writer);
            return Frames.Of(format, Encoding.UTF8.GetString(output.Written)).Select(frame => (frame, EventSchema(front, frame)));
        });
    }

    [Theory, MemberData(nameof(Fronts))]
    public void Whole_answers_keep_the_schema(string front)
    {
        var format = FormatOf(front);
        Check(front, (source, body) =>
        {
            using var answer = new ResponseCollector();
            Replay.Feed(source, body, Replay.Whole, answer);
            using var output = new PooledBuffer();
            if (answer.Failure is { } failure)
            {
                format.WriteError(failure, output);
                return [(JsonNode.Parse(output.Written)!, ErrorSchema(front))];
            }
            format.WriteResponse(answer, Context, output);
            return [(JsonNode.Parse(output.Written)!, WholeSchema(front))];
        });
    }

    [Theory, InlineData("responses"), InlineData("messages")]
    public void Counts_keep_the_schema(string front)
    {
        Assert.SkipWhen(SharedFixtures.Specs is null, "No specifications here: set ACPTOAPI_FIXTURES to the folder beside them.");
        using var output = new PooledBuffer();
        FormatOf(front).WriteTokenCount(7, output);
        var schema = front == "responses" ? OpenAi("TokenCountsResource") : Anthropic("MessageTokensCount");
        Assert.Empty(schema.Violations(JsonNode.Parse(output.Written)));
    }

    [Fact]
    public void Listed_items_keep_the_schema()
    {
        Assert.SkipWhen(SharedFixtures.Specs is null, "No specifications here: set ACPTOAPI_FIXTURES to the folder beside them.");
        var input = """
            [{"role":"user","content":"One"},{"role":"assistant","content":"Two"},{"type":"message","role":"developer","content":[{"type":"input_text","text":"Three"}]},
             {"type":"function_call","call_id":"c","name":"look","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"a tree"},
             {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]},{"type":"custom_tool_call","call_id":"d","name":"p","input":"x"}]
            """u8.ToArray();
        using var output = new PooledBuffer();
        Assert.True(new Json.OpenAiResponses.ResponseItems(input, "resp_1").TryWrite(20, null, ascending: true, output));
        Assert.Empty(OpenAi("ResponseItemList").Violations(JsonNode.Parse(output.Written)));
    }

    [Theory]
    [InlineData("""{"a":1,"b":"x"}""", "")]
    [InlineData("""{"a":1.5,"b":null}""", "$.a: Number is no \"integer\"")]
    [InlineData("""{"b":"y"}""", "$: 'a' is missing|$.b: \"y\" is none of [\"x\"]")]
    [InlineData("""{"a":1,"c":[{"d":2},{"e":2}]}""", "$.c[]: 'd' is missing|$.c[]: 'e' is not known")]
    [InlineData("[]", "$: Array is no \"object\"")]
    public void The_checker_checks(string value, string violations)
    {
        var document = JsonNode.Parse("""
            {"definitions":{"T":{"type":"object","required":["a"],"properties":{"a":{"anyOf":[{"type":"integer"},{"const":"z"}]},"b":{"enum":["x"],"nullable":true},"c":{"type":"array","items":{"$ref":"#/definitions/D"}}}},
             "D":{"allOf":[{"type":"object","required":["d"],"properties":{"d":{"type":"number"}},"additionalProperties":false}]}}}
            """)!.AsObject();
        Assert.Equal(violations, string.Join('|', new SpecSchema(document, "T").Violations(JsonNode.Parse(value))));
    }

    static ResponseContext Context { get; } = new("0a1b2c", JsonString.Of("asked-model"), 1700000001, EstimatedInputTokens: 5) { Elapsed = () => TimeSpan.FromSeconds(1) };

    static void Check(string front, Func<WireFormat, byte[], IEnumerable<(JsonNode Value, SpecSchema? Schema)>> written)
    {
        Assert.SkipWhen(SharedFixtures.Specs is null, "No specifications here: set ACPTOAPI_FIXTURES to the folder beside them.");
        var violations = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var values = 0;
        foreach (var (folder, name) in Answers.Streams.Select(row => row.Data))
        {
            foreach (var (value, schema) in written(Answers.Format(folder), Answers.Stream(folder, name)))
            {
                values++;
                if (schema is null) continue;
                foreach (var violation in schema.Violations(value)) violations.TryAdd(violation, $"{folder}/{name}: {Short(value)}");
            }
        }
        Assert.True(values > 50, "the corpus was not understood");
        Assert.True(violations.Count == 0, $"{front}:\n{string.Join("\n", violations.Take(25).Select(entry => $"{entry.Key}   in {entry.Value}"))}");
    }

    static WireFormat FormatOf(string front) => front == "gemini-array" ? WireFormat.GeminiArray : WireFormat.All.Single(format => format.Name == front);

    static SpecSchema? EventSchema(string front, JsonNode frame)
    {
        if (front != "responses" && frame["error"] is not null) return ErrorSchema(front);
        return front switch
        {
            "chat" => OpenAi("CreateChatCompletionStreamResponse"),
            "completions" => CompletionChunk(),
            "responses" => OpenAi("ResponseStreamEvent"),
            // The union of Anthropic's events leaves pings and errors out.
            "messages" => (string?)frame["type"] == "ping" ? null : Anthropic("RawMessageStreamEvent"),
            "ollama" => Ollama("ChatResponse"),
            "generate" => Ollama("GenerateResponse"),
            _ => Gemini(),
        };
    }

    static SpecSchema? WholeSchema(string front) => front switch
    {
        "chat" => OpenAi("CreateChatCompletionResponse"),
        "completions" => OpenAi("CreateCompletionResponse"),
        "responses" => OpenAi("Response"),
        "messages" => Anthropic("Message"),
        "ollama" => Ollama("ChatResponse"),
        "generate" => Ollama("GenerateResponse"),
        _ => Gemini(),
    };

    static SpecSchema? ErrorSchema(string front) => front switch
    {
        "chat" or "completions" or "responses" => OpenAi("ErrorResponse"),
        "messages" => Anthropic("ErrorResponse"),
        "ollama" or "generate" => Ollama("ErrorResponse"),
        _ => null, // google.rpc.Status, which is not in the schema
    };

    static readonly Dictionary<string, SpecSchema> Schemas = [];

    static SpecSchema OpenAi(string name) => Schema("openai/openai-openapi.slim.json", name, document =>
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        // Only in pages of errors; the schema of the slim file ends at what its paths name.
        schemas.TryAdd("ErrorResponse", JsonNode.Parse(
            """{"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["type","message","param","code"],"properties":{"message":{"type":"string"},"type":{"type":"string"},"param":{"type":["string","null"]},"code":{"type":["string","null"]}}}}}"""));
        // Clients act on codes that the list leaves out (insufficient_quota, context_length_exceeded), and providers send them.
        schemas["ResponseErrorCode"] = new JsonObject { ["type"] = "string" };
    });

    // A chunk is a completion whose choices have not ended.
    static SpecSchema CompletionChunk() => Schema("openai/openai-openapi.slim.json", "CreateCompletionResponse", document =>
    {
        var properties = document["components"]!["schemas"]!["CreateCompletionResponse"]!["properties"]!;
        properties["choices"]!["items"]!["properties"]!["finish_reason"]!["nullable"] = true;
        properties["usage"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/components/schemas/CompletionUsage" }, new JsonObject { ["type"] = "null" }) };
    }, "chunk");

    // Made of TypeScript types of the newest SDK, where all fields must be there. On the wire Anthropic leaves out what is null, and the caller of
    // tools that the model calls itself: none of its recorded answers has all of them.
    static SpecSchema Anthropic(string name) => Schema("anthropic/anthropic-messages.schema.json", name, document =>
    {
        foreach (var (_, definition) in document["definitions"]!.AsObject())
        {
            if (definition!["required"] is not JsonArray required || definition["properties"] is not JsonObject properties) continue;
            foreach (var field in required.ToList().Where(field => (string)field! == "caller" || MayBeNull(properties[(string)field!]!))) required.Remove(field);
        }
    });

    static bool MayBeNull(JsonNode rules) =>
        (rules["type"] is JsonArray types && types.Any(type => (string)type! == "null"))
        || (rules["anyOf"] is JsonArray union && union.Any(member => member!["type"] is JsonValue type && (string)type! == "null"));

    static SpecSchema Gemini() => Schema("gemini/genai-types.schema.json", "GenerateContentResponse", document => document["definitions"]!["GenerateContentResponse"] = JsonNode.Parse("""
        {"type":"object","additionalProperties":false,"properties":{"candidates":{"type":"array","items":{"$ref":"#/definitions/Candidate"}},"modelVersion":{"type":"string"},"responseId":{"type":"string"},
         "createTime":{"type":"string"},"promptFeedback":{"$ref":"#/definitions/GenerateContentResponsePromptFeedback"},"usageMetadata":{"$ref":"#/definitions/GenerateContentResponseUsageMetadata"}}}
        """));

    // The few definitions of Ollama's that matter here, of its YAML, which nobody here reads.
    static SpecSchema Ollama(string name) => Schema("", name, document => document["definitions"] = JsonNode.Parse("""
        {"ErrorResponse":{"type":"object","required":["error"],"properties":{"error":{"type":"string"}}},
         "Times":{"type":"object","required":["model","created_at","done"],"properties":{"model":{"type":"string"},"created_at":{"type":"string","pattern":"^[0-9-]{10}T[0-9:]{8}Z$"},"done":{"type":"boolean"},"done_reason":{"type":"string"},
          "total_duration":{"type":"integer"},"load_duration":{"type":"integer"},"prompt_eval_count":{"type":"integer"},"prompt_eval_duration":{"type":"integer"},"eval_count":{"type":"integer"},"eval_duration":{"type":"integer"}}},
         "GenerateResponse":{"$ref":"#/definitions/Times","required":["response"],"properties":{"response":{"type":"string"},"thinking":{"type":"string"}}},
         "ChatResponse":{"$ref":"#/definitions/Times","required":["message"],"properties":{"message":{"type":"object","required":["role","content"],"properties":{"role":{"enum":["assistant"]},"content":{"type":"string"},"thinking":{"type":"string"},
          "tool_calls":{"type":"array","items":{"type":"object","required":["function"],"properties":{"function":{"type":"object","required":["name","arguments"],"properties":{"name":{"type":"string"},"arguments":{"type":"object"}}}}}}}}}}}
        """));

    static SpecSchema Schema(string file, string name, Action<JsonObject> change, string variant = "")
    {
        var key = $"{file}#{name}{variant}";
        lock (Schemas)
        {
            if (Schemas.TryGetValue(key, out var known)) return known;
            if (!Documents.TryGetValue(file, out var document))
            {
                document = file.Length == 0 ? [] : JsonNode.Parse(File.ReadAllBytes(Path.Combine(SharedFixtures.Specs!, file)))!.AsObject();
                Documents[file] = document;
            }
            var changed = document.DeepClone().AsObject();
            change(changed);
            return Schemas[key] = new SpecSchema(changed, name);
        }
    }

    static string Short(JsonNode value)
    {
        var text = value.ToJsonString();
        return text.Length <= 300 ? text : text[..300] + "…";
    }
}
