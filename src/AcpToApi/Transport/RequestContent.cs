using System.Net;

namespace AcpToApi.Transport;

/// <summary>
/// The body of a request to a provider. One that refuses it (413, 401) may answer before it has read all of it, and close the connection: what it
/// said counts then, not that the rest could not be written.
/// </summary>
sealed class RequestContent(ReadOnlyMemory<byte> body) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            // In one piece: HttpClient takes it for sent, and goes on to read the answer; without one that fails in turn.
            await stream.WriteAsync(body, cancellationToken);
        }
        catch (IOException)
        {
            // Nothing more is sent on this connection.
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
