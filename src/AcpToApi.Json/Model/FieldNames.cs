namespace AcpToApi.Json.Model;

/// <summary>What a field of neutral meaning is called in each dialect, so that a client is told of it in its own words.</summary>
static class FieldNames
{
    /// <summary>The client's name for a field of the chat dialect; any other name stays as it is.</summary>
    public static string Of(WireFormat? dialect, string name) => dialect?.Name switch
    {
        "chat" => name is "reasoning.effort" ? "reasoning_effort" : name,
        "responses" => OfResponses(name),
        "messages" => OfMessages(name),
        "gemini" => OfGemini(name),
        "ollama" or "generate" => OfOllama(name),
        _ => name,
    };

    static string OfResponses(string name) => name switch
    {
        "reasoning_effort" or "thinking" => "reasoning.effort",
        "response_format" => "text.format",
        "response_format.json_schema.description" => "text.format.description",
        "max_tokens" => "max_output_tokens",
        "logprobs" => "top_logprobs",
        _ => name,
    };

    static string OfMessages(string name) => name switch
    {
        "stop" => "stop_sequences",
        "user" => "metadata.user_id",
        "reasoning_effort" or "reasoning.effort" => "thinking",
        "response_format" => "output_config.format",
        "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
        "content.filename" => "content.title",
        _ => name,
    };

    static string OfGemini(string name) => name switch
    {
        "stop" => "generationConfig.stopSequences",
        "seed" => "generationConfig.seed",
        "n" => "generationConfig.candidateCount",
        "max_tokens" => "generationConfig.maxOutputTokens",
        "temperature" => "generationConfig.temperature",
        "top_p" => "generationConfig.topP",
        "top_k" => "generationConfig.topK",
        "frequency_penalty" => "generationConfig.frequencyPenalty",
        "presence_penalty" => "generationConfig.presencePenalty",
        "logprobs" => "generationConfig.responseLogprobs",
        "response_format" => "generationConfig.responseMimeType",
        "reasoning_effort" or "reasoning.effort" or "thinking" => "generationConfig.thinkingConfig",
        "tool_choice" => "toolConfig.functionCallingConfig",
        "content.filename" => "parts[].displayName",
        _ => name,
    };

    static string OfOllama(string name) => name switch
    {
        "stop" => "options.stop",
        "seed" => "options.seed",
        "max_tokens" => "options.num_predict",
        "temperature" => "options.temperature",
        "top_p" => "options.top_p",
        "top_k" => "options.top_k",
        "frequency_penalty" => "options.frequency_penalty",
        "presence_penalty" => "options.presence_penalty",
        "response_format" => "format",
        "reasoning_effort" or "reasoning.effort" or "thinking" => "think",
        _ => name,
    };
}
