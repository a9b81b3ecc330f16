using System.Net.Http.Headers;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.OpenCode;

/// <summary>The reply of an agent's server: its status, and its body in a buffer that the caller disposes of.</summary>
sealed class OpenCodeAnswer(int status, PooledBuffer body) : IDisposable
{
    /// <summary>The status.</summary>
    public int Status => status;

    /// <summary>The body.</summary>
    public PooledBuffer Body => body;

    /// <summary>Whether it is a success.</summary>
    public bool IsSuccess => status is >= 200 and < 300;

    /// <summary>What a refusal says.</summary>
    public BridgeError Error => WireFormat.OpenCode.ReadError(status >= 400 ? status : 502, body.Written);

    public void Dispose() => body.Dispose();
}

/// <summary>HTTP to one agent's server. Connections are its own: a prompt holds one for as long as a turn takes.</summary>
sealed class OpenCodeApi(Uri url, string user, string? password, string? folder) : IDisposable
{
    readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,
    });

    readonly AuthenticationHeaderValue? _login = password is null ? null : new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    // A server that is not ours may work in many folders; sessions and events belong to one of them.
    readonly string _query = folder is null ? "" : "?directory=" + Uri.EscapeDataString(folder);

    /// <summary>Where it listens.</summary>
    public Uri Url => url;

    /// <summary>Sends a request and reads the whole reply.</summary>
    public async Task<OpenCodeAnswer> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        using var answer = await OpenAsync(method, path, body, cancel);
        var read = new PooledBuffer();
        try
        {
            await using var content = await answer.Content.ReadAsStreamAsync(cancel);
            while (await content.ReadAsync(read.GetMemory(), cancel) is > 0 and var count)
            {
                read.Advance(count);
                if (read.Length >= Limits.MaxBytes) throw new IOException($"a reply is larger than {Limits.MaxMiB} MiB");
            }
            return new OpenCodeAnswer((int)answer.StatusCode, read);
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request; returns when the reply's head is there.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(url, path + _query));
        request.Headers.Authorization = _login;
        if (method != HttpMethod.Get)
        {
            request.Content = new ReadOnlyMemoryContent(body);
            if (!body.IsEmpty) request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        return await _http.SendAsync(request, cancel);
    }

    /// <summary>Tells the server something whose success nobody waits for; false when it was not taken.</summary>
    public async Task<bool> TellAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit);
        try
        {
            using var answer = await SendAsync(method, path, body, time.Token);
            return answer.IsSuccess;
        }
        catch (Exception gone) when (IsGone(gone))
        {
            return false;
        }
    }

    /// <summary>Whether a failure means that the server did not answer.</summary>
    public static bool IsGone(Exception failure) => failure is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    public void Dispose() => _http.Dispose();
}
