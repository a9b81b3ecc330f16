using System.IO.Pipelines;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using Microsoft.Extensions.Primitives;

namespace AcpToApi.Hosting;

/// <summary>Reads a client's body whole, within limits that are checked before and while it comes.</summary>
static class RequestBody
{
    const int MostReserved = 1024 * 1024;

    /// <summary>Reads into <paramref name="body"/>. Throws <see cref="BridgeException"/> (413, 415).</summary>
    public static async Task ReadAsync(HttpRequest request, PooledBuffer body, CancellationToken cancel, bool acceptForm = false)
    {
        if (!acceptForm && !IsJson(request.ContentType)) Refuse(415, "The request body must be JSON: send 'Content-Type: application/json'.");
        if (!IsPlain(request.Headers.ContentEncoding)) Refuse(415, "Compressed request bodies are not accepted; send it without Content-Encoding.");
        if (request.ContentLength > Limits.MaxBytes) TooLarge();
        // A length is only a claim: what is large grows as it comes.
        if (request.ContentLength is { } length) body.GetSpan((int)Math.Min(length, MostReserved) + 1);
        while (true)
        {
            var read = await ReadAsync(request, cancel);
            if (body.Length + read.Buffer.Length > Limits.MaxBytes)
            {
                // Else Kestrel could not read on behind us.
                request.BodyReader.AdvanceTo(read.Buffer.End);
                TooLarge();
            }
            foreach (var segment in read.Buffer) body.Write(segment.Span);
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        // A byte order mark, which some write in front.
        if (!acceptForm && body.Written.StartsWith("\uFEFF"u8)) body.RemoveFirst(3);
        if (body.Length == 0) throw new BridgeException(BridgeError.InvalidRequest("The request body is empty."));
    }

    static async ValueTask<ReadResult> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            return await request.BodyReader.ReadAsync(cancel);
        }
        catch (IOException broken) when (broken.InnerException is OverflowException)
        {
            // Kestrel has a bad request of its own for all chunk sizes but those that no number holds.
            throw new BridgeException(BridgeError.InvalidRequest(broken.Message));
        }
    }

    static bool IsPlain(StringValues coding) => coding.Count == 0 || "identity".Equals(coding, StringComparison.OrdinalIgnoreCase);

    static bool IsJson(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }

    static void TooLarge() =>
        throw new BridgeException(new BridgeError(ErrorKind.TooLarge, 413, $"The request body is larger than {Limits.MaxMiB} MiB."));

    static void Refuse(int status, string message) => throw new BridgeException(new BridgeError(ErrorKind.InvalidRequest, status, message));
}
