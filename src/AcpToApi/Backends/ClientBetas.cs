namespace AcpToApi.Backends;

/// <summary>The betas of Anthropic's that a client asks for, in the header or with <c>[1m]</c>.</summary>
static class ClientBetas
{
    /// <summary>The header that names them.</summary>
    public const string Header = "anthropic-beta";

    const string LongContext = "context-1m-2025-08-07";

    /// <summary>All of them; <paramref name="longContext"/> if the model's id asked for the long context.</summary>
    public static List<string> Of(HttpRequest? client, bool longContext)
    {
        List<string> betas = [];
        if (client?.Headers[Header].ToString() is { Length: > 0 } told) betas.AddRange(told.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (longContext && !betas.Contains(LongContext)) betas.Add(LongContext);
        return betas;
    }
}
