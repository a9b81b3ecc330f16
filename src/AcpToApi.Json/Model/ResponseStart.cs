namespace AcpToApi.Json.Model;

/// <summary>What an upstream tells first: its id for the answer and the model that answers (either may be empty), and token counts if it knows them yet.</summary>
public readonly ref struct ResponseStart(JsonText id, JsonText model, TokenUsage? usage = null)
{
    /// <summary>The upstream's id for this answer.</summary>
    public JsonText Id { get; } = id;

    /// <summary>The model that answers, as the upstream names it.</summary>
    public JsonText Model { get; } = model;

    /// <summary>Counts known at the start (Anthropic tells the input here); null when the upstream tells them at the end.</summary>
    public TokenUsage? Usage { get; } = usage;
}
