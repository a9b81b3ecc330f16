using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.Claude;

/// <summary>How a process of the CLI is to behave. It outlives the request that it was taken from.</summary>
sealed class ClaudeSetup
{
    readonly string _owner;

    /// <summary>
    /// Takes what a request asks for. Of <paramref name="isAgent"/>, the CLI's own instructions stay; of a plain model only the client's count.
    /// </summary>
    public ClaudeSetup(AgentRequest request, bool isAgent)
    {
        _owner = request.Owner;
        if (request.Tools.Count > 0) Tools = new McpToolServer(request.Tools);
        IsStructured = request.Chat.ResponseFormat?.Schema is not null;
        if (ClaudeControl.KnownModels.Contains(request.Model)) KnownModel = ModelOf(request);
        using var initialize = new PooledBuffer();
        ClaudeControl.WriteInitialize(request.System, isAgent, request.Chat.ResponseFormat, Tools is not null, initialize);
        Initialize = initialize.Written.ToArray();
    }

    /// <summary>The first line for the process; what it says cannot be said again.</summary>
    public byte[] Initialize { get; }

    /// <summary>The client's tools; null when it has none.</summary>
    public McpToolServer? Tools { get; }

    /// <summary>Whether answers are to be of the client's form.</summary>
    public bool IsStructured { get; }

    /// <summary>The model of the first turn, if it costs nothing to choose it; else null.</summary>
    public string? KnownModel { get; }

    /// <summary>The model that a turn asks for, as the CLI names it; null for the CLI's own choice.</summary>
    public static string? ModelOf(AgentRequest request) =>
        request.Model == ClaudeControl.DefaultModel ? null : request.Model + (request.LongContext ? "[1m]" : "");

    /// <summary>Whether a process that was set up for the other one's caller can serve this one's, who cannot tell the difference.</summary>
    public bool Fits(ClaudeSetup other) =>
        _owner == other._owner && Initialize.AsSpan().SequenceEqual(other.Initialize) && (Tools is null || Tools.OffersSameAs(other.Tools!));
}
