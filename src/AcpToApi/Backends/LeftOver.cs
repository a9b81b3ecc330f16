namespace AcpToApi.Backends;

/// <summary>Reads what follows the end of a stream, so that the provider's connection can be used again.</summary>
static class LeftOver
{
    const int MaxBytes = 16 * 1024;
    static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads to the end of the body if that comes soon and the client waits for more; it has its answer already.</summary>
    public static async Task DrainAsync(Stream content, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        var buffer = new byte[512];
        try
        {
            for (var total = 0; total < MaxBytes;)
            {
                var read = await content.ReadAsync(buffer, limit.Token);
                if (read == 0) return;
                total += read;
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            // Then the connection is closed instead of kept.
        }
    }
}
