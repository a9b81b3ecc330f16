using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>One chat request on its way: what the client sent, where it goes, and the response that the answer is written to.</summary>
sealed class ChatTurn(HttpContext http, WireFormat dialect, RequestHead head, ReadOnlyMemory<byte> body, ModelRoute route)
{
    IReadOnlyList<ChatRequest>? _requests;
    int _current;
    bool? _mustRewrite;

    /// <summary>The client's HTTP request.</summary>
    public HttpRequest Http => http.Request;

    /// <summary>The wire format that the client speaks.</summary>
    public WireFormat Dialect => dialect;

    /// <summary>What routing has read of the body.</summary>
    public RequestHead Head => head;

    /// <summary>Who answers, and the model's name there.</summary>
    public ModelRoute Route => route;

    /// <summary>The side to the client.</summary>
    public ClientResponse Response { get; set; } = null!;

    /// <summary>The whole request in neutral form, read when first asked for. Throws <see cref="BridgeException"/> that names the field.</summary>
    public ChatRequest Request => Requests[_current];

    /// <summary>Whether it is the first of them.</summary>
    public bool IsFirst => _current == 0;

    /// <summary>How many chats the body asks for, one after the other.</summary>
    public int Count => Requests.Count;

    IReadOnlyList<ChatRequest> Requests => _requests ??= Read();

    /// <summary>What the provider is to make of the request.</summary>
    public UpstreamTarget Target { get; } = new(JsonString.Of(route.Model), route.Provider.Row.Quirks, head.Stream) { Betas = ClientBetas.Of(http.Request, route.LongContext) };

    /// <summary>Whether the client's bytes go to the provider as they are: in its own wire format, and with nothing in them that another provider made.</summary>
    public bool Passes(NativeFormat native) => native.Format == dialect.Native && (native.PassesOnly || !(_mustRewrite ??= dialect.MustRewrite(body, Target)));

    /// <summary>Whether these bytes stand somewhere in the body.</summary>
    public bool Holds(ReadOnlySpan<byte> bytes) => body.Span.IndexOf(bytes) >= 0;

    /// <summary>Goes on to the next chat that the body asks for.</summary>
    public void MoveNext()
    {
        var last = Request;
        _current++;
        // The same seed would give the same answer again.
        if (ReferenceEquals(last, Request)) Request.Sampling.Seed++;
        Response.BeginNext();
    }

    IReadOnlyList<ChatRequest> Read()
    {
        var requests = dialect.ReadRequests(body);
        foreach (var request in requests)
        {
            // Gemini's body has neither; its URL does.
            request.Model = head.Model;
            request.Stream = head.Stream;
        }
        return requests;
    }
}
