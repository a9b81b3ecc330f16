using System.Text;
using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>
/// <c>POST /debug/translate</c>: what becomes of a request on its way up, and of a recorded stream on its way down. Nothing is sent anywhere, and
/// what cannot be translated is told as the dialect's endpoint would tell it.
/// </summary>
sealed class TranslateEndpoint(ModelRouter router, UpstreamRequests requests, Redaction redaction, TimeProvider clock)
{
    public async Task HandleAsync(HttpContext http)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var question = TranslationBody.Read(body.WrittenMemory);
        using var answer = new PooledBuffer();
        answer.Write((byte)'{');
        ChatTurn? turn = null;
        if (question.Request is { } request) turn = WriteRequest(http, question, request, answer);
        if (question.Stream is { } stream) WriteStream(question, stream, turn, answer);
        answer.Write((byte)'}');
        redaction.Clean(answer);
        await JsonAnswer.WriteAsync(http, answer.WrittenMemory);
    }

    ChatTurn WriteRequest(HttpContext http, TranslationBody question, ReadOnlyMemory<byte> body, PooledBuffer answer)
    {
        var isGemini = question.Dialect is Json.Gemini.GeminiFormat;
        if (isGemini && question.Model is null) throw new BridgeException(BridgeError.InvalidRequest("This dialect names the model in its URL; name it as 'model'.", "model"));
        var head = isGemini ? RequestHead.InUrl(body, question.Model!.Value, stream: true, "contents") : question.Dialect.ReadHead(body);
        var dialect = question.Dialect.DialectOf(head);
        if (!router.TryResolve((question.Model ?? head.Model).ToString(), out var route, out var unknown)) throw new BridgeException(unknown);
        var turn = new ChatTurn(http, dialect, head, body, route);
        answer.Write("\"request\":"u8);
        new RequestEcho(answer).Write(turn.Request);

        var own = route.Speaks(dialect);
        var native = route.FormFor(dialect);
        answer.Write(",\"route\":{\"provider\":"u8);
        WriteString(route.Provider.Name, answer);
        answer.Write(",\"model\":"u8);
        WriteString(route.Model, answer);
        if (!route.Provider.Row.IsEmbedded)
        {
            answer.Write(",\"format\":"u8);
            WriteString(native.Format.Name, answer);
        }
        answer.Write(own is not null && turn.Passes(own) ? ",\"same_format\":true}"u8 : ",\"same_format\":false}"u8);
        if (route.Provider.Row.Agent is not null) WriteInput(turn, native, answer);
        else if (!route.Provider.Row.IsEmbedded) WriteUpstream(turn, native, answer);
        return turn;
    }

    // What an agent would read: no HTTP request, and not one JSON value.
    static void WriteInput(ChatTurn turn, NativeFormat native, PooledBuffer answer)
    {
        var ignored = new IgnoredFields();
        using var sent = new PooledBuffer();
        HttpBackend.WriteBody(turn, native, sent, ignored);
        answer.Write(",\"input\":\""u8);
        JsonText.Plain(sent.Written).WriteEscaped(answer);
        answer.Write("\",\"ignored\":"u8);
        WriteString(ignored.ToString(), answer);
    }

    void WriteUpstream(ChatTurn turn, NativeFormat native, PooledBuffer answer)
    {
        var ignored = new IgnoredFields();
        using var sent = new PooledBuffer();
        HttpBackend.WriteBody(turn, native, sent, ignored);
        using var message = requests.Create(turn, native, sent.WrittenMemory);
        answer.Write(",\"upstream\":{\"method\":\"POST\",\"url\":"u8);
        WriteString(message.RequestUri!.OriginalString, answer);
        answer.Write(",\"headers\":{\"Content-Type\":\"application/json\""u8);
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            answer.Write((byte)',');
            WriteString(name, answer);
            answer.Write((byte)':');
            var isSecret = name.Equals(native.KeyHeader, StringComparison.OrdinalIgnoreCase) || turn.Route.Provider.Headers.ContainsKey(name);
            WriteString(isSecret ? "set" : values.ToString(), answer);
        }
        answer.Write("},\"body\":"u8);
        answer.Write(sent.Written);
        answer.Write("},\"ignored\":"u8);
        WriteString(ignored.ToString(), answer);
    }

    void WriteStream(TranslationBody question, ReadOnlyMemory<byte> stream, ChatTurn? turn, PooledBuffer answer)
    {
        var format = question.Format ?? (turn is null ? WireFormat.OpenAiChat : turn.Route.FormFor(turn.Dialect).Format);
        var quirks = turn?.Route.Provider.Row.Quirks ?? Quirks.None;
        var keepsExtras = format == question.To;
        answer.Write(answer.Length > 1 ? ",\"events\":["u8 : "\"events\":["u8);
        Replay(format, quirks, keepsExtras, stream, new EventEcho(answer));
        answer.Write("],\"frames\":"u8);
        var model = turn is null ? question.Model ?? JsonString.Of("model") : turn.Head.Model;
        var context = new ResponseContext("debug", model, clock.GetUtcNow().ToUnixTimeSeconds()) { Request = turn?.Request };
        using var frames = new PooledBuffer();
        using (var writer = question.To.CreateWriter(frames, context))
        {
            Replay(format, quirks, keepsExtras, stream, turn is null ? writer : ToolNames.Restoring(turn.Request, format.MaxToolNameLength, writer));
        }
        answer.Write((byte)'"');
        JsonText.Plain(frames.Written).WriteEscaped(answer);
        answer.Write((byte)'"');
    }

    static void Replay(WireFormat format, Quirks quirks, bool keepsExtras, ReadOnlyMemory<byte> stream, IEventSink sink)
    {
        using var relay = new TranslatingRelay(format.CreateFraming(), format.CreateReader(quirks, keepsExtras), sink);
        relay.Feed(stream.Span, isFinal: true);
    }

    static void WriteString(string text, PooledBuffer output)
    {
        output.Write((byte)'"');
        JsonText.Plain(Encoding.UTF8.GetBytes(text)).WriteEscaped(output);
        output.Write((byte)'"');
    }
}
