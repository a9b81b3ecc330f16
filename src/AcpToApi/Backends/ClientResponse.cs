using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>
/// The response to a client, streamed or whole. Until the first flush nothing is committed, and a failure becomes an HTTP error in the client's
/// dialect; afterwards it becomes the dialect's error event. Keepalive may come from a timer, so whoever writes holds <see cref="Gate"/>.
/// </summary>
sealed class ClientResponse : IDisposable
{
    readonly HttpContext _http;
    readonly WireFormat _dialect;
    readonly RequestRecord _record;
    readonly Redaction _redaction;
    readonly ResponseContext _context;
    readonly ClientWriter _writer;
    ResponseCollector? _collector;
    int _answersToCome;

    public ClientResponse(HttpContext http, WireFormat dialect, bool stream, ResponseContext context, RequestRecord record)
    {
        _http = http;
        _dialect = dialect;
        _record = record;
        _redaction = http.RequestServices.GetRequiredService<Redaction>();
        _context = context;
        _answersToCome = context.Answers - 1;
        IsStream = stream;
        _writer = dialect.CreateWriter(Output, context);
        if (!stream) _collector = new ResponseCollector();
        KeepsAnswer = !stream || _writer.KeepsAnswer;
        Sink = new UsageTap(_collector is not null ? _collector : _writer);
    }

    /// <summary>Whether the client wants a stream.</summary>
    public bool IsStream { get; }

    /// <summary>Where a translated answer's events go; watched for the log.</summary>
    public UsageTap Sink { get; private set; }

    /// <summary>Hears the whole answer before it goes out, or at the end of its stream, where the dialect has one; not told of failures.</summary>
    public Action<ReadOnlyMemory<byte>>? WholeAnswer { get; init; }

    /// <summary>Whether the answer is kept until its end; one that is passed through never is.</summary>
    public bool KeepsAnswer { get; private set; }

    /// <summary>Bytes for the client, not yet flushed.</summary>
    public PooledBuffer Output { get; } = new();

    /// <summary>Writes frames of the client's dialect into <see cref="Output"/>.</summary>
    public ClientWriter Writer => _writer;

    /// <summary>Whether the status line has gone out.</summary>
    public bool IsCommitted => _http.Response.HasStarted;

    /// <summary>Whether the answer has failed, so that no further one may follow.</summary>
    public bool HasFailed => IsRefused || Sink.Finished is null;

    /// <summary>Whether the client has been given an HTTP error in place of the answer, so that nothing may follow.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Held by whoever writes to <see cref="Output"/> or flushes.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>When something last went to the client, on <see cref="Environment.TickCount64"/>.</summary>
    public long LastWrite { get; private set; } = Environment.TickCount64;

    /// <summary>The headers of the response, until it is committed.</summary>
    public IHeaderDictionary Headers => _http.Response.Headers;

    /// <summary>Enters <see cref="Gate"/>; disposing what comes back leaves it.</summary>
    public async ValueTask<Entered> EnterAsync(CancellationToken cancel)
    {
        await Gate.WaitAsync(cancel);
        return new Entered(Gate);
    }

    /// <summary>The right to write; given back when disposed.</summary>
    public readonly struct Entered(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    /// <summary>For a passed-through answer: its events are watched, but written by nobody.</summary>
    public UsageTap WatchOnly()
    {
        KeepsAnswer = false;
        return Sink = new UsageTap(NullSink.Instance);
    }

    /// <summary>Goes on to the next of several answers.</summary>
    public void BeginNext()
    {
        _answersToCome--;
        if (_collector is not null) _collector = new ResponseCollector { Earlier = _collector };
        Sink = new UsageTap(_collector is not null ? _collector : _writer);
    }

    /// <summary>Sends what is in <see cref="Output"/>, if anything; before that, if the answer has already failed, the error instead.</summary>
    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        if (!IsCommitted && Sink.Failure is { } failure)
        {
            await FailAsync(failure);
            return;
        }
        if (Output.Length == 0 || IsRefused) return;
        TellLost();
        if (!IsCommitted) BeginStream();
        if (Sink.HasContent) _record.MarkFirstToken();
        // A provider's error may quote the key that it refuses, in a stream as anywhere.
        if (Sink.Failure is not null) _redaction.Clean(Output);
        await _http.Response.BodyWriter.WriteAsync(Output.WrittenMemory, cancel);
        Output.Clear();
        LastWrite = Environment.TickCount64;
    }

    /// <summary>Ends a translated answer: the rest of the stream, or the whole answer as one body.</summary>
    public async Task CompleteAsync(CancellationToken cancel)
    {
        _record.Take(Sink);
        if (_answersToCome > 0 && Sink.Finished is not null)
        {
            await FlushAsync(cancel);
            return;
        }
        if (_collector is null)
        {
            if (Sink.Finished is not null && !_writer.WholeAnswer.IsEmpty) WholeAnswer?.Invoke(_writer.WholeAnswer);
            await FlushAsync(cancel);
            // The client sees the end now, not when everything behind us is tidied up.
            await _http.Response.CompleteAsync();
            return;
        }
        if (_collector.Failure is { } failure)
        {
            await FailAsync(failure);
            return;
        }
        _record.MarkFirstToken();
        var lost = new IgnoredFields();
        _collector.NameLost(_dialect, lost);
        Ignore(lost);
        TellLost();
        _dialect.WriteResponse(_collector, _context, Output);
        WholeAnswer?.Invoke(Output.WrittenMemory);
        await WriteWholeAsync(cancel);
    }

    /// <summary>Tells the client what could not be carried, if anything.</summary>
    public void Ignore(IgnoredFields ignored)
    {
        const string Name = "x-acptoapi-ignored";
        if (ignored.IsEmpty) return;
        var names = ForwardedHeaders.Printable(ignored.ToString());
        if (!IsCommitted) Headers.Append(Name, names);
        // The client has waited for its turn, and has had a sign of life; streams of events have comments.
        else if (_dialect.StreamMediaType == "text/event-stream") Output.Write(Encoding.ASCII.GetBytes($": {Name}: {names}\n\n"));
    }

    // As soon as it is known: in the header, or when that has gone out, in a comment. Whoever takes no comments is told with the next turn.
    void TellLost()
    {
        if (Sink.TakeLost() is { } lost) Ignore(lost);
    }

    /// <summary>Ends a whole answer that was passed through into <see cref="Output"/>.</summary>
    public async Task CompletePassedAsync(CancellationToken cancel)
    {
        _record.Take(Sink);
        _record.MarkFirstToken();
        await WriteWholeAsync(cancel);
    }

    async Task WriteWholeAsync(CancellationToken cancel)
    {
        Headers.ContentType = "application/json";
        Headers.ContentLength = Output.Length;
        await _http.Response.BodyWriter.WriteAsync(Output.WrittenMemory, cancel);
        Output.Clear();
    }

    /// <summary>
    /// Tells the client of a failure: an HTTP error, or the dialect's error event when the stream has begun.
    /// <paramref name="ownBody"/> is the provider's error body, if it is already in the client's dialect.
    /// </summary>
    public async Task FailAsync(BridgeError error, ReadOnlyMemory<byte>? ownBody = null)
    {
        _record.Error = error;
        if (!IsCommitted)
        {
            IsRefused = true;
            Output.Clear();
            await DialectErrors.WriteAsync(_http, _dialect, error, ownBody);
            return;
        }
        if (Sink.Failure is null) _writer.Error(error);
        _redaction.Clean(Output);
        await _http.Response.BodyWriter.WriteAsync(Output.WrittenMemory);
        Output.Clear();
    }

    /// <summary>Logs a bug that nobody else would hear of.</summary>
    public void Report(Exception bug) =>
        Log.Bug(_http.RequestServices.GetRequiredService<ILogger<ClientResponse>>(), bug, _http.Request.Method, _http.Request.Path);

    public void Dispose()
    {
        _writer.Dispose();
        Output.Dispose();
        _collector?.Dispose();
        Gate.Dispose();
    }

    void BeginStream()
    {
        Headers.ContentType = _dialect.StreamMediaType + "; charset=utf-8";
        Headers.CacheControl = "no-cache";
        // nginx in front of us would otherwise collect the stream.
        Headers["X-Accel-Buffering"] = "no";
    }
}
