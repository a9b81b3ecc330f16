using System.Net.Http.Headers;
using AcpToApi.Agents;

namespace AcpToApi.Stdio;

/// <summary>The server in this very process: its address, and the key that nobody else has.</summary>
sealed class OwnServer(string address, string key) : IDisposable
{
    // No proxy: it is on this machine.
    readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });

    /// <summary>Sends a chat; conversations with coding agents go by <paramref name="conversation"/>.</summary>
    public Task<HttpResponseMessage> ChatAsync(ReadOnlyMemory<byte> body, string conversation, CancellationToken cancel)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, address + "/v1/chat/completions") { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add(AgentRequest.IdHeader, conversation);
        return _http.SendAsync(request, cancel);
    }

    public void Dispose() => _http.Dispose();
}
