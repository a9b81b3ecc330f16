using System.Text;
using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiResponses;

public class ResponsesWriterTests
{
    static readonly WireFormat Format = WireFormat.OpenAiResponses;

    // Random legal answers: the wire's rules hold, and reading them back gives the same answer.
    [Fact]
    public void Any_legal_answer_survives_the_round_trip()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var recorded = new RecordingSink();
            RandomAnswer.Say(new Random(seed), new GrammarCheckingSink(recorded));
            var (written, whole) = Written(writer => RandomAnswer.Say(new Random(seed), writer));
            ResponsesRules.Check(written);
            var read = Replay.Stream(Format, Encoding.UTF8.GetBytes(written), Replay.Every(1 + (seed % 40)));
            Assert.Equal(Comparable(recorded.Record), Comparable(read));
            Assert.Equal(Comparable(recorded.Record), Comparable(Replay.Response(Format, whole)));
        }
    }

    [Fact]
    public void The_request_is_repeated_on_one_line_and_with_the_defaults()
    {
        var request = Format.ReadRequest(Encoding.UTF8.GetBytes("""
            {"model":"m","input":"x","instructions":"Be\nbrief.","temperature":0,"metadata":{"a":"b"},
             "previous_response_id":"resp_0","store":false,"tool_choice":"required",
             "tools":[{"type":"function",
                       "name":"f"}, {"type":"web_search"}]}
            """));
        var (written, whole) = Written(writer => writer.Finish(StopReason.EndTurn, default), request);
        ResponsesRules.Check(written);
        var answer = JsonDocument.Parse(whole).RootElement;
        Assert.Equal("resp_0a1b2c|m|Be\nbrief.|0|{\"a\":\"b\"}|resp_0|False|required|1|disabled", string.Join('|',
            ((string[])["id", "model", "instructions", "temperature", "metadata", "previous_response_id", "store", "tool_choice", "top_p", "truncation"])
            .Select(name => answer.GetProperty(name).ToString())));
        Assert.Equal("[{\"type\":\"function\",\"name\":\"f\",\"parameters\":null,\"strict\":null},{\"type\":\"web_search\"}]",
            answer.GetProperty("tools").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Tools_get_their_own_kind_and_namespace_back()
    {
        var request = Format.ReadRequest("""
            {"model":"m","input":"x","tools":[{"type":"custom","name":"apply_patch"},{"type":"namespace","name":"agents","description":"d","tools":[{"type":"function","name":"spawn"}]}]}
            """u8.ToArray());
        var (written, whole) = Written(writer =>
        {
            writer.Start(default);
            Call(writer, 0, "apply_patch", "{\"in", "put\":\"a\\n\\\"b\\\" \\ud83e", "\\udd99\"}");
            Call(writer, 1, "agents__spawn", "{}");
            Call(writer, 2, "spawn");
            Call(writer, 3, "apply_patch", "no JSON");
            writer.Finish(StopReason.ToolCalls, default);
        }, request);
        ResponsesRules.Check(written);
        Assert.Equal(
            """
            {"id":"ctc_acptoapi_0a1b2c_0","type":"custom_tool_call","status":"completed","call_id":"call_0a1b2c_0","name":"apply_patch","input":"a\n\"b\" \ud83e\udd99"}
            {"id":"fc_acptoapi_0a1b2c_1","type":"function_call","status":"completed","call_id":"call_0a1b2c_1","name":"spawn","namespace":"agents","arguments":"{}"}
            {"id":"fc_acptoapi_0a1b2c_2","type":"function_call","status":"completed","call_id":"call_0a1b2c_2","name":"spawn","namespace":"agents","arguments":"{}"}
            {"id":"ctc_acptoapi_0a1b2c_3","type":"custom_tool_call","status":"completed","call_id":"call_0a1b2c_3","name":"apply_patch","input":"no JSON"}
            """.ReplaceLineEndings("\n"),
            string.Join('\n', JsonDocument.Parse(whole).RootElement.GetProperty("output").EnumerateArray().Select(item => item.GetRawText())));
    }

    [Fact]
    public void Signatures_come_back_to_who_made_them()
    {
        var (_, whole) = Written(writer =>
        {
            writer.Start(default);
            writer.Reasoning(JsonText.Plain("hm"u8));
            writer.ReasoningSignature(JsonText.Plain("EqQBsig=="u8));
            writer.RedactedReasoning(JsonText.Plain("EmwKred="u8));
            writer.Reasoning(JsonText.Plain("open"u8));
            writer.ReasoningSignature(JsonText.Plain("acptoapi:responses:rs_up:gAAA=="u8));
            writer.Text(JsonText.Plain("ok"u8));
            writer.Finish(StopReason.EndTurn, default);
        });
        var history = ResponseHistory.Of("""{"model":"m","input":"a"}"""u8.ToArray(), whole);
        using var body = new PooledBuffer();
        history.WriteRequest("""{"model":"m","previous_response_id":"resp_0a1b2c","input":"b","stream":true}"""u8.ToArray(), body);
        Assert.True(SignatureMarks.AreIn(body.Written));
        var request = Format.ReadRequest(body.WrittenMemory);
        Assert.Equal("a|hm EqQBsig==|EmwKred=|open acptoapi:responses:rs_up:gAAA==|ok|b", string.Join('|', request.Messages.SelectMany(message => message.Parts).Select(part => part switch
        {
            TextPart text => text.Text.ToString(),
            ReasoningPart reasoning => $"{reasoning.Text} {reasoning.Signature}",
            RedactedReasoningPart redacted => redacted.Data.ToString(),
            _ => part.GetType().Name,
        })));
        Assert.True(request.Stream);
        Assert.Null(request.PreviousResponseId);
        using var output = new PooledBuffer();
        Format.WriteRequest(request, new UpstreamTarget(JsonString.Of("up"), Quirks.None, Stream: false), output, new IgnoredFields());
        Assert.Contains("{\"type\":\"reasoning\",\"id\":\"rs_up\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"open\"}],\"encrypted_content\":\"gAAA==\"}", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
        Assert.DoesNotContain("EqQB", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
        Assert.False(SignatureMarks.AreIn(output.Written));
        output.Clear();
        WireFormat.AnthropicMessages.WriteRequest(request, new UpstreamTarget(JsonString.Of("up"), Quirks.None, Stream: false), output, new IgnoredFields());
        Assert.Contains("\"signature\":\"EqQBsig==\"", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
        Assert.DoesNotContain("acptoapi", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_goes_on_from_a_stored_one()
    {
        var first = ResponseHistory.Of("""{"model":"m","input":"a"}"""u8.ToArray(), """{"output":[ {"x":1} ]}"""u8.ToArray());
        using var body = new PooledBuffer();
        first.WriteRequest("""{"model":"m","input":[{"y":2}],"previous_response_id":"r"}"""u8.ToArray(), body);
        const string Whole = """{"input":[{"type":"message","role":"user","content":"a"},{"x":1},{"y":2}],"model":"m"}""";
        Assert.Equal(Whole, Encoding.UTF8.GetString(body.Written));
        var second = ResponseHistory.Of(body.Written.ToArray(), """{"output":[]}"""u8.ToArray());
        Assert.Equal("""[{"type":"message","role":"user","content":"a"},{"x":1},{"y":2}]""", Encoding.UTF8.GetString(second.Input.Span));
        body.Clear();
        second.WriteRequest("""{"previous_response_id":"r","model":"m"}"""u8.ToArray(), body);
        Assert.Equal(Whole, Encoding.UTF8.GetString(body.Written));
    }

    [Fact]
    public void A_ping_is_a_comment_and_an_early_error_an_event()
    {
        Assert.Equal(": ping\n\n", Written(writer => writer.Ping()).Stream);
        Assert.Equal("event: error\ndata: {\"type\":\"error\",\"sequence_number\":0,\"code\":\"server_error\",\"message\":\"It was \\\"cut\\\".\",\"param\":null}\n\n",
            Written(writer => writer.Error(BridgeError.UpstreamProtocol("It was \"cut\"."))).Stream);
    }

    [Theory]
    [InlineData("""{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"word \"é\n"}""")]
    [InlineData("""{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"hm"}""")]
    [InlineData("""{"type":"response.function_call_arguments.delta","output_index":1,"item_id":"fc","delta":"\"x\""}""")]
    public void An_event_costs_no_memory(string data)
    {
        var added = """
            data: {"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":""}}


            """u8;
        var chunk = Encoding.UTF8.GetBytes($"event: x\ndata: {data}\n\n");
        using var framing = new SseReader();
        using var output = new PooledBuffer();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
        using var writer = Format.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        if (data.Contains("arguments", StringComparison.Ordinal)) Feed(framing, reader, writer, output, added);
        // What is kept of the answer grows with it: let it grow first.
        for (var i = 0; i < 20_000; i++) Feed(framing, reader, writer, output, chunk);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 1_000; i++) Feed(framing, reader, writer, output, chunk);
        }));
        Assert.False(reader.IsDone);
    }

    static void Feed(SseReader framing, UpstreamReader reader, ClientWriter writer, PooledBuffer output, ReadOnlySpan<byte> chunk)
    {
        output.Clear();
        framing.TryRead(chunk, isFinal: false, out var found, out _);
        reader.Read(found.Name, found.Data, writer);
        Assert.True(output.Length > 0);
    }

    static void Call(ClientWriter writer, int index, string name, params string[] arguments)
    {
        writer.ToolCallStart(index, default, JsonText.Plain(Encoding.UTF8.GetBytes(name)));
        foreach (var piece in arguments) writer.ToolCallArguments(index, JsonText.Plain(Encoding.UTF8.GetBytes(piece)));
        writer.ToolCallEnd(index);
    }

    static (string Stream, byte[] Whole) Written(Action<ClientWriter> say, ChatRequest? request = null)
    {
        using var output = new PooledBuffer();
        using var writer = Format.CreateWriter(output, new ResponseContext("0a1b2c", JsonString.Of("m"), 1700000001) { Request = request });
        say(writer);
        return (Encoding.UTF8.GetString(output.Written), writer.WholeAnswer.ToArray());
    }

    // Redacted reasoning and signatures are wrapped on the way; usage is told at the end; pieces of one kind are one piece.
    static string Comparable(string record)
    {
        var (lines, sources) = (new List<string>(), new List<string>());
        string? usage = null;
        foreach (var line in record.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("usage", StringComparison.Ordinal)) usage = line;
            else if (line.StartsWith("signature", StringComparison.Ordinal) || line.StartsWith("redacted", StringComparison.Ordinal)) continue;
            else if (line.StartsWith("start", StringComparison.Ordinal)) continue;
            // The words of a source have no field, and it stands beside its text, wherever in that it came.
            else if (line.StartsWith("citation", StringComparison.Ordinal)) sources.Add(string.Join(' ', line.Split(' ')[..3]));
            else if (lines.Count > 0 && line.Split(' ')[0] is "text" or "reasoning" or "refusal" && lines[^1].Split(' ')[0] == line.Split(' ')[0]) lines[^1] += line[(line.IndexOf(' ') + 1)..];
            else lines.Add(line);
        }
        var merged = string.Join("\n", lines.Concat(sources)).Replace("ContextWindow", "MaxTokens", StringComparison.Ordinal);
        for (var i = 0; i < 10; i++) merged = merged.Replace($"\narguments {i} {{}}\nend {i}", $"\nend {i}", StringComparison.Ordinal);
        return $"{merged}\n{usage}";
    }
}
