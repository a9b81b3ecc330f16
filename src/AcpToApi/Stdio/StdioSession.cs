using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Stdio;

/// <summary>A conversation of an editor: its messages so far, in the chat dialect, and the turn that is going on.</summary>
sealed class StdioSession(OwnServer server, string id, string model)
{
    readonly Lock _gate = new();
    readonly List<byte[]> _messages = [];
    CancellationTokenSource? _turn;

    public string Id => id;

    /// <summary>The model that the next turn asks.</summary>
    public string Model { get; set; } = model;

    /// <summary>Has the turn stop, if there is one.</summary>
    public void Cancel()
    {
        lock (_gate) _turn?.Cancel();
    }

    /// <summary>Runs a turn: what is said goes out by <paramref name="write"/>, and last the reply.</summary>
    public async Task PromptAsync(byte[] line, byte[] promptId, PooledBuffer output, Func<PooledBuffer, Task> write)
    {
        using var cancel = new CancellationTokenSource();
        lock (_gate)
        {
            if (_turn is not null)
            {
                AcpUpdateWriter.WriteError(promptId, BridgeError.InvalidRequest("A turn is going on in this session; cancel it, or wait for its end."), output);
                return;
            }
            _turn = cancel;
        }
        using var writer = new AcpUpdateWriter(id, promptId, output);
        using var message = new PooledBuffer();
        try
        {
            AcpPrompt.WriteMessage(JsonRpcMessage.Read(line), message);
            await AskAsync(message.Written.ToArray(), writer, output, write, cancel.Token);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            writer.Cancel();
        }
        catch (BridgeException refused)
        {
            writer.Error(refused.Error);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            writer.Error(BridgeError.UpstreamProtocol("The answer was cut off: " + broken.Message));
        }
        finally
        {
            lock (_gate) _turn = null;
        }
        if (writer.Failure is not null || message.Length == 0) return;
        // What failed was never said; what was given up was heard as far as it went.
        _messages.Add(message.Written.ToArray());
        using var answer = new PooledBuffer();
        AcpPrompt.WriteAnswer(writer.Said, answer);
        _messages.Add(answer.Written.ToArray());
    }

    async Task AskAsync(byte[] message, AcpUpdateWriter writer, PooledBuffer output, Func<PooledBuffer, Task> write, CancellationToken cancel)
    {
        using var body = new PooledBuffer();
        AcpPrompt.WriteChat(Model, _messages, message, body);
        using var answer = await server.ChatAsync(body.WrittenMemory, id, cancel);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        using var input = new InputBuffer();
        var format = WireFormat.OpenAiChat;
        if (!answer.IsSuccessStatusCode)
        {
            while (input.Unread.Length < Limits.MaxBytes && await content.ReadAsync(input.Room(), cancel) is > 0 and var more) input.Received(more);
            writer.Error(format.ReadError((int)answer.StatusCode, input.Unread));
            return;
        }
        using var frames = format.CreateFraming();
        using var reader = format.CreateReader(Quirks.None, keepExtras: false);
        while (await content.ReadAsync(input.Room(), cancel) is > 0 and var read)
        {
            input.Received(read);
            while (frames.TryRead(input.Unread, isFinal: false, out var frame, out var consumed))
            {
                if (frame.HasData) reader.Read(frame, writer);
                input.Consume(consumed);
            }
            await write(output);
            if (reader.IsDone) return;
        }
        reader.End(writer);
    }
}
