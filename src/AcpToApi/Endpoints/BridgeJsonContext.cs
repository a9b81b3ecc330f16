using System.Text.Json.Serialization;

namespace AcpToApi.Endpoints;

/// <summary>Serializers of the small control answers, generated at build time.</summary>
// Nothing is read with it: writers alone are half as large.
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(RootAnswer))]
[JsonSerializable(typeof(OpenAiModelList))]
[JsonSerializable(typeof(OpenAiModel))]
[JsonSerializable(typeof(AnthropicModelList))]
[JsonSerializable(typeof(AnthropicModel))]
[JsonSerializable(typeof(OllamaTags))]
[JsonSerializable(typeof(OllamaShown))]
[JsonSerializable(typeof(OllamaVersion))]
[JsonSerializable(typeof(DeletedResponse))]
[JsonSerializable(typeof(GeminiModelList))]
[JsonSerializable(typeof(GeminiModel))]
[JsonSerializable(typeof(DebugConfig))]
[JsonSerializable(typeof(DebugProviders))]
[JsonSerializable(typeof(ConversationList))]
[JsonSerializable(typeof(ConversationState))]
[JsonSerializable(typeof(DeletedConversation))]
sealed partial class BridgeJsonContext : JsonSerializerContext;

sealed record HealthAnswer(string Status, string Version)
{
    /// <summary>The providers and agents that are ready; null for whoever has not shown the key.</summary>
    public IReadOnlyList<string>? Backends { get; init; }

    /// <summary>Conversations whose agent has them in memory.</summary>
    public int? Conversations { get; init; }

    /// <summary>Those of them that are being answered.</summary>
    public int? Busy { get; init; }

    /// <summary>Requests that are being answered.</summary>
    public long? InFlight { get; init; }
}

sealed record ConversationList(IReadOnlyList<ConversationState> Conversations);

/// <summary>A conversation; <paramref name="State"/> is busy, hot, waiting (for the result of a client's tool) or stored; times are Unix seconds.</summary>
sealed record ConversationState(string Id, string Backend, string Model, string State, bool Resumable, int Turns, long Created, long LastUsed);

sealed record DeletedConversation(string Id, bool Deleted, bool Forgotten);

sealed record RootAnswer(string Name, string Version, string Try, IReadOnlyList<string> Endpoints);

sealed record OpenAiModelList(string Object, IReadOnlyList<OpenAiModel> Data);

sealed record OpenAiModel(string Id, string Object, long Created, string OwnedBy);

sealed record AnthropicModelList(IReadOnlyList<AnthropicModel> Data, bool HasMore, string? FirstId, string? LastId);

sealed record AnthropicModel(string Type, string Id, string DisplayName, string CreatedAt);

sealed record DeletedResponse(string Id, string Object, bool Deleted);

sealed record GeminiModelList(IReadOnlyList<GeminiModel> Models, [property: JsonPropertyName("nextPageToken")] string? NextPageToken);

sealed record GeminiModel(
    string Name,
    [property: JsonPropertyName("displayName")] string DisplayName,
    [property: JsonPropertyName("inputTokenLimit")] long? InputTokenLimit,
    [property: JsonPropertyName("outputTokenLimit")] long? OutputTokenLimit,
    [property: JsonPropertyName("supportedGenerationMethods")] IReadOnlyList<string> SupportedGenerationMethods);

sealed record OllamaTags(IReadOnlyList<OllamaModel> Models);

sealed record OllamaModel(string Name, string Model, string ModifiedAt, long Size, string Digest, OllamaDetails Details);

sealed record OllamaDetails(string Format, string Family);

sealed record OllamaShown(OllamaDetails Details, IReadOnlyDictionary<string, string> ModelInfo, IReadOnlyList<string> Capabilities);

sealed record OllamaVersion(string Version);

sealed record DebugConfig(IReadOnlyList<DebugOption> Options, IReadOnlyDictionary<string, string> Aliases, IReadOnlyList<DebugProvider> Providers);

sealed record DebugOption(string Name, string Value, string From);

sealed record DebugProvider(string Name, bool Ready, string? BaseUrl, string Key, IReadOnlyList<string> Formats, bool Mend, string? Signing);

sealed record DebugProviders(IReadOnlyList<ProviderProbe> Providers);

sealed record ProviderProbe(string Name, bool Ok, long Ms, int? Status, string? Error);
