using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>What every coding agent decides by itself, whichever way it is driven; stop sequences end its answers on our side.</summary>
static class AgentChoices
{
    /// <summary>Names what a request wishes of it.</summary>
    public static void Name(ChatRequest request, IgnoredFields ignored)
    {
        var sampling = request.Sampling;
        ignored.AddIf(sampling.MaxOutputTokens is not null, "max_tokens");
        ignored.AddIf(sampling.Temperature is not null, "temperature");
        ignored.AddIf(sampling.TopP is not null, "top_p");
        ignored.AddIf(sampling.TopK is not null, "top_k");
        ignored.AddIf(sampling.Seed is not null, "seed");
        ignored.AddIf(sampling.FrequencyPenalty is not null, "frequency_penalty");
        ignored.AddIf(sampling.PresencePenalty is not null, "presence_penalty");
        ignored.AddIf(sampling.Logprobs is not null, "logprobs");
        ignored.AddIf(sampling.Count > 1, "n");
        ignored.AddIf(request.User is not null, "user");
        foreach (var extra in request.Extras) ignored.Add(extra.Name);
    }
}
