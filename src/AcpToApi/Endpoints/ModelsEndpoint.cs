using System.Globalization;
using AcpToApi.Backends;
using AcpToApi.Dialects;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>/v1/models/{id}</c>, in the shape that the caller's family knows.</summary>
sealed class ModelsEndpoint(ModelCatalog catalog, ModelRouter router, ServiceCall passing)
{
    const int MostPerPage = 1000;

    public async Task ListAsync(HttpContext http)
    {
        var models = await ListedAsync(http);
        if (!SpeaksAnthropic(http.Request))
        {
            await JsonAnswer.WriteAsync(http, new OpenAiModelList("list", [.. models.Select(ToOpenAi)]), BridgeJsonContext.Default.OpenAiModelList);
            return;
        }
        var limit = http.Request.Query["limit"].ToString();
        if (limit.Length > 0 && !(int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is >= 1 and <= MostPerPage))
        {
            throw new BridgeException(BridgeError.InvalidRequest($"'limit' must be a number from 1 to {MostPerPage}.", "limit"));
        }
        var (page, more) = Page(models, limit, http.Request.Query["after_id"], http.Request.Query["before_id"]);
        var data = page.Select(ToAnthropic).ToList();
        await JsonAnswer.WriteAsync(http, new AnthropicModelList(data, more, data.FirstOrDefault()?.Id, data.LastOrDefault()?.Id), BridgeJsonContext.Default.AnthropicModelList);
    }

    public async Task GetAsync(HttpContext http, string id)
    {
        var found = await FindAsync(http, id);
        if (SpeaksAnthropic(http.Request)) await JsonAnswer.WriteAsync(http, ToAnthropic(found), BridgeJsonContext.Default.AnthropicModel);
        else await JsonAnswer.WriteAsync(http, ToOpenAi(found), BridgeJsonContext.Default.OpenAiModel);
    }

    /// <summary><c>GET /v1beta/models</c> as Gemini tells it.</summary>
    public async Task GeminiListAsync(HttpContext http)
    {
        var models = await ListedAsync(http);
        var (page, more) = Page(models, http.Request.Query["pageSize"], http.Request.Query["pageToken"]);
        var list = page.Select(ToGemini).ToList();
        await JsonAnswer.WriteAsync(http, new GeminiModelList(list, more ? page[^1].Id : null), BridgeJsonContext.Default.GeminiModelList);
    }

    /// <summary><c>GET /v1beta/models/{id}</c>.</summary>
    public async Task GeminiGetAsync(HttpContext http, string id)
    {
        var found = await FindAsync(http, id);
        await JsonAnswer.WriteAsync(http, ToGemini(found), BridgeJsonContext.Default.GeminiModel);
    }

    static GeminiModel ToGemini(ListedModel model) =>
        new("models/" + model.Id, model.Label ?? model.Id, model.InputLimit, model.OutputLimit, model.Embeds ? ["embedContent"] : ["generateContent", "countTokens"]);

    /// <summary><c>GET /api/tags</c>: the same list as Ollama tells it.</summary>
    public async Task TagsAsync(HttpContext http)
    {
        var models = await ListedAsync(http);
        var tags = models.Select(model => new OllamaModel(model.Id, model.Id, Time(model), 0, "", new OllamaDetails("", model.Provider)));
        await JsonAnswer.WriteAsync(http, new OllamaTags([.. tags]), BridgeJsonContext.Default.OllamaTags);
    }

    /// <summary><c>POST /api/show</c>: Ollama's clients ask it what a model can do; what nobody tells is offered.</summary>
    public async Task ShowAsync(HttpContext http)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var field = ModelField.InJson(body.WrittenMemory);
        // Older clients call it name.
        if (field.Model is null) field = ModelField.InJson(body.WrittenMemory, "name");
        var id = field.Model ?? throw new BridgeException(BridgeError.InvalidRequest("Missing required parameter: 'model'.", "model"));
        if (!router.TryResolve(id, out var route, out var unknown)) throw new BridgeException(unknown);
        if (route.Provider.Preferred.Format == WireFormat.Ollama)
        {
            using var question = new PooledBuffer();
            field.WriteWithModel(route.Model, question);
            await passing.PassAsync(http, "~/api/show", route, question.WrittenMemory, WireFormat.Ollama);
            return;
        }
        var listed = Among(await catalog.ListAsync(http.RequestAborted), id, route);
        var shown = new OllamaShown(new OllamaDetails("", route.Provider.Name), new Dictionary<string, string>(), Capabilities(listed ?? new ListedModel(route.Model, route.Provider.Name, 0)));
        await JsonAnswer.WriteAsync(http, shown, BridgeJsonContext.Default.OllamaShown);
    }

    static List<string> Capabilities(ListedModel model)
    {
        if (model.Embeds) return ["embedding"];
        var capabilities = new List<string> { "completion" };
        if (model.Tools != false) capabilities.Add("tools");
        if (model.Thinks != false) capabilities.Add("thinking");
        if (model.Sees != false) capabilities.Add("vision");
        return capabilities;
    }

    async Task<IReadOnlyList<ListedModel>> ListedAsync(HttpContext http)
    {
        var models = await catalog.ListAsync(http.RequestAborted);
        if (catalog.Notes is { Count: > 0 } notes) http.Response.Headers["x-acptoapi-note"] = ForwardedHeaders.Printable(string.Join("; ", notes));
        return models;
    }

    async Task<ListedModel> FindAsync(HttpContext http, string id)
    {
        var models = await catalog.ListAsync(http.RequestAborted);
        if (models.FirstOrDefault(model => model.Id == id) is { } listed) return listed;
        if (router.TryResolve(id, out var route, out _) && Among(models, id, route) is { } same) return same with { Id = id };
        throw new BridgeException(
            new BridgeError(ErrorKind.ModelNotFound, 404, $"There is no model '{id}'; GET /v1/models lists those there are.") { Code = "model_not_found", Param = "model" });
    }

    // There may be another way to name it: bare, with a mark for its long context, or by an alias.
    static ListedModel? Among(IReadOnlyList<ListedModel> models, string id, ModelRoute route) =>
        models.FirstOrDefault(model => model.Id == $"{route.Provider.Name}/{route.Model}") ?? models.FirstOrDefault(model => model.Id == id);

    static bool SpeaksAnthropic(HttpRequest request) => Dialect.Of(request) == Dialect.AnthropicMessages;

    // From the last id that the client has, or backwards from its first. All that fit, if no limit is said: a client that does not page sees every model.
    static (IReadOnlyList<ListedModel> Page, bool More) Page(IReadOnlyList<ListedModel> models, string? size, string? after, string? before = null)
    {
        var limit = int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0 ? Math.Min(asked, MostPerPage) : MostPerPage;
        var first = string.IsNullOrEmpty(after) ? 0 : Index(models, after) + 1;
        if (string.IsNullOrEmpty(before)) return ([.. models.Skip(first).Take(limit)], models.Count - first > limit);
        var end = Index(models, before);
        return ([.. models.Take(end).Skip(Math.Max(end - limit, 0))], end > limit);
    }

    static int Index(IReadOnlyList<ListedModel> models, string id)
    {
        for (var i = 0; i < models.Count; i++)
        {
            if (models[i].Id == id) return i;
        }
        throw new BridgeException(BridgeError.InvalidRequest($"The page begins or ends at '{id}', which is no model of the list."));
    }

    static OpenAiModel ToOpenAi(ListedModel model) => new(model.Id, "model", model.Created, model.Provider);

    static AnthropicModel ToAnthropic(ListedModel model) =>
        new("model", model.Id, model.Label ?? model.Id, Time(model));

    static string Time(ListedModel model) => DateTimeOffset.FromUnixTimeSeconds(model.Created).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
