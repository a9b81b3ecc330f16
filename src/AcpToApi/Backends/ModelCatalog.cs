using System.Text.Json;
using AcpToApi.Agents;
using AcpToApi.Cli;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>
/// The models of all configured providers, from their own lists: fetched in parallel within a time limit, kept for a while, never spending a token.
/// A provider that does not answer leaves its last known list.
/// </summary>
sealed class ModelCatalog(ProviderSet providers, ConfigFile config, UpstreamHttp http, UpstreamRequests requests, AgentSet agents, TimeProvider clock, ILogger<ModelCatalog> logger) : IDisposable
{
    // The longest lists there are take less than one.
    const int MostBytes = 4 * 1024 * 1024;
    static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);
    static readonly TimeSpan FreshAfterFailure = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Dictionary<string, IReadOnlyList<ListedModel>> _lastKnown = [];
    IReadOnlyList<ListedModel> _list = [];
    DateTimeOffset _staleAt = DateTimeOffset.MinValue;
    volatile bool _failed;

    /// <summary>What is wrong with the list: who did not answer when it was made.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>The list, at most five minutes old; ten seconds when a provider did not answer.</summary>
    public async Task<IReadOnlyList<ListedModel>> ListAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            if (clock.GetUtcNow() < _staleAt) return _list;
            _failed = false;
            Notes = [];
            var lists = await Task.WhenAll(providers.All.Where(provider => provider.IsConfigured || provider.Row.Agent is not null).Select(ListAsync));
            _list = [.. lists.SelectMany(list => list), .. config.Aliases.Keys.Select(alias => new ListedModel(alias, "alias", 0))];
            _staleAt = clock.GetUtcNow() + (_failed ? FreshAfterFailure : Fresh);
            return _list;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    async Task<IReadOnlyList<ListedModel>> ListAsync(Provider provider)
    {
        if (provider.Row.IsEmbedded) return [new ListedModel($"{provider.Name}/{provider.Name}", provider.Name, 0)];
        if (provider.Row.Agent is not null) return await ListAgentAsync(provider);
        IReadOnlyList<ListedModel> given = [.. provider.Models.Select(id => Listed(provider, id, 0))];
        if (given.Count > 0 || provider.Row.ModelsPath is null) return given;
        try
        {
            var more = FetchMoreAsync(provider);
            IReadOnlyList<ListedModel> list = [.. await FetchAsync(provider, provider.Row.ModelsPath), .. await more];
            lock (_lastKnown) _lastKnown[provider.Name] = list;
            return list;
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            NoteFailure(provider, failure);
            lock (_lastKnown) return _lastKnown.GetValueOrDefault(provider.Name, []);
        }
    }

    async Task<IReadOnlyList<ListedModel>> ListAgentAsync(Provider provider)
    {
        using var limit = new CancellationTokenSource(FetchLimit, clock);
        try
        {
            // "default" is the agent's own choice of a model, which needs no name.
            IReadOnlyList<ListedModel> list = [.. (await agents.Of(provider).ListModelsAsync(provider, limit.Token)).Select(id => new ListedModel(id == "default" ? provider.Name : $"{provider.Name}/{id}", provider.Name, 0))];
            // An agent whose server does not run yet has none; it may run in a moment.
            _failed |= list.Count == 0;
            return list;
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            NoteFailure(provider, failure);
            return [];
        }
    }

    void NoteFailure(Provider provider, Exception failure)
    {
        _failed = true;
        var reason = failure switch
        {
            OperationCanceledException => $"no answer within {FetchLimit.TotalSeconds} s",
            JsonException or InvalidOperationException or KeyNotFoundException => "its answer is no list of models",
            _ => failure.Message,
        };
        Log.NoModelList(logger, provider.Name, reason);
        lock (_lastKnown) Notes = [.. Notes, $"{provider.Name}: {reason}; its last known models are listed"];
    }

    // A key may be good for one list and not for the other.
    async Task<IReadOnlyList<ListedModel>> FetchMoreAsync(Provider provider)
    {
        if (provider.Row.MoreModelsPath is not { } path) return [];
        try
        {
            return await FetchAsync(provider, path);
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            _failed = true;
            return [];
        }
    }

    static bool IsFailure(Exception failure) =>
        failure is HttpRequestException or IOException or OperationCanceledException or JsonException or InvalidOperationException or KeyNotFoundException;

    async Task<IReadOnlyList<ListedModel>> FetchAsync(Provider provider, string path)
    {
        using var limit = new CancellationTokenSource(FetchLimit, clock);
        using var request = requests.CreateForModels(provider, path);
        using var answer = await http.SendAsync(request, limit.Token);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"status {(int)answer.StatusCode}");
        using var body = new PooledBuffer();
        await using var content = await answer.Content.ReadAsStreamAsync(limit.Token);
        while (body.Length < MostBytes && await content.ReadAsync(body.GetMemory(16 * 1024), limit.Token) is > 0 and var read) body.Advance(read);
        using var document = JsonDocument.Parse(body.WrittenMemory);
        var list = new List<ListedModel>();
        foreach (var entry in Entries(document.RootElement))
        {
            if (Id(entry) is { } id) list.Add(Listed(provider, id, Created(entry)).With(entry));
        }
        return list;
    }

    // OpenAI and Anthropic: {"data":[{"id"...}]}; Together: the bare array; Gemini and Ollama: {"models":[{"name"...}]}; Bedrock: {"modelSummaries":[{"modelId"...}]}
    // and {"inferenceProfileSummaries":[{"inferenceProfileId"...}]}.
    static JsonElement.ArrayEnumerator Entries(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array) return root.EnumerateArray();
        foreach (var name in (ReadOnlySpan<string>)["data", "modelSummaries", "inferenceProfileSummaries"])
        {
            if (root.TryGetProperty(name, out var list)) return list.EnumerateArray();
        }
        return root.GetProperty("models").EnumerateArray();
    }

    static string? Id(JsonElement entry)
    {
        foreach (var field in (ReadOnlySpan<string>)["id", "modelId", "inferenceProfileId"])
        {
            if (entry.TryGetProperty(field, out var id) && id.ValueKind == JsonValueKind.String) return id.GetString();
        }
        if (!entry.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { } full) return null;
        return full.StartsWith("models/", StringComparison.Ordinal) ? full["models/".Length..] : full;
    }

    // The upstream of --upstream takes ids whole; with a fixed model there is just that one.
    static ListedModel Listed(Provider provider, string id, long created) =>
        new(provider.Row == ProviderTable.UpstreamRow ? id : $"{provider.Name}/{id}", provider.Name, created);

    static long Created(JsonElement entry)
    {
        // Some tell milliseconds, or a text: what is no time in seconds is not told on.
        if (entry.TryGetProperty("created", out var seconds) && seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt64(out var unix))
        {
            return unix >= 0 && unix <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? unix : 0;
        }
        return entry.TryGetProperty("created_at", out var text) && text.ValueKind == JsonValueKind.String && text.TryGetDateTimeOffset(out var time)
            ? time.ToUnixTimeSeconds()
            : 0;
    }
}
