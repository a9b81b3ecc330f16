using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>Why there is no good answer to pass back.</summary>
/// <param name="Error">What went wrong.</param>
/// <param name="OwnBody">The provider's own words, if they are in the client's dialect.</param>
/// <param name="Answer">The answer that told so, for its headers; null when there was none.</param>
sealed record Refusal(BridgeError Error, ReadOnlyMemory<byte>? OwnBody, HttpResponseMessage? Answer);

/// <summary>An answer whose head has come, and what is held until it is read.</summary>
sealed class OpenAnswer(Provider provider, ClientResponse response, Heartbeat heartbeat) : IAsyncDisposable
{
    /// <summary>Who answers.</summary>
    public Provider Provider => provider;

    /// <summary>The side to the client.</summary>
    public ClientResponse Response => response;

    /// <summary>Ends the wait for a provider that says no more.</summary>
    public Heartbeat Heartbeat => heartbeat;

    /// <summary>Why it is no good answer; null when it is one.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>Its head; null when none came.</summary>
    public HttpResponseMessage? Answer { get; set; }

    /// <summary>Its body.</summary>
    public Stream? Content { get; set; }

    /// <summary>What has been read of the body already.</summary>
    public PooledBuffer Begun { get; } = new();

    public async ValueTask DisposeAsync()
    {
        Begun.Dispose();
        await heartbeat.DisposeAsync();
        if (Content is not null) await Content.DisposeAsync();
        Answer?.Dispose();
        response.Dispose();
    }
}
