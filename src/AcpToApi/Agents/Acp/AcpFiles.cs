using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>Reads and writes text files for an agent, strictly below the workspace: links are followed before it is looked where they lead.</summary>
static class AcpFiles
{
    /// <summary>Whether the request is for files.</summary>
    public static bool Takes(in JsonRpcMessage request) => request.Method.Is("fs/read_text_file"u8) || request.Method.Is("fs/write_text_file"u8);

    /// <summary>Does what is asked, and appends the reply.</summary>
    public static void Answer(in JsonRpcMessage request, AcpWorkspace workspace, PooledBuffer reply)
    {
        try
        {
            using var parameters = JsonDocument.Parse(request.Params.ToArray());
            var path = parameters.RootElement.GetProperty("path").GetString()!;
            if (workspace.Find(path) is not { } file)
            {
                JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, "Only files below the workspace can be read or written; the path must be absolute.", reply);
            }
            else if (Path.Exists(file) && !Posix.IsRegularFile(file))
            {
                // Pipes and devices have no end, and opening one may wait for ever.
                JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, "This is no ordinary file; only those can be read or written.", reply);
            }
            else if (request.Method.Is("fs/read_text_file"u8))
            {
                using var text = Read(file);
                AcpRequests.FileRead(request.Id, Valid(Lines(text.Written, Number(parameters, "line"), Number(parameters, "limit"))), reply);
            }
            else
            {
                File.WriteAllText(file, parameters.RootElement.GetProperty("content").GetString(), new UTF8Encoding(false));
                AcpRequests.Done(request.Id, reply);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.ResourceNotFound, failure.Message, reply);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, "The parameters are not as the protocol says.", reply);
        }
    }

    // A file may grow while it is read, and some tell no length.
    static PooledBuffer Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var text = new PooledBuffer();
        try
        {
            while (stream.Read(text.GetSpan()) is > 0 and var read)
            {
                text.Advance(read);
                if (text.Length >= Limits.MaxBytes) throw new IOException("the file is too large");
            }
            return text;
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    // JSON is UTF-8: what is not becomes U+FFFD.
    static ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> text) => Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));

    // Lines count from 1.
    static ReadOnlySpan<byte> Lines(ReadOnlySpan<byte> text, int? first, int? count)
    {
        for (var line = 1; line < first && !text.IsEmpty; line++)
        {
            var end = text.IndexOf((byte)'\n');
            text = end < 0 ? default : text[(end + 1)..];
        }
        if (count is not { } most) return text;
        var length = 0;
        for (; most > 0 && length < text.Length; most--)
        {
            var end = text[length..].IndexOf((byte)'\n');
            length = end < 0 ? text.Length : length + end + 1;
        }
        return text[..length];
    }

    static int? Number(JsonDocument parameters, string name) =>
        parameters.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
