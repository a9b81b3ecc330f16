using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>
/// One field beyond a minimal request, in every dialect and to every upstream: what the field says arrives there, or is named in
/// <c>x-acptoapi-ignored</c>, or the request is refused. Nothing is lost in silence.
/// </summary>
public class NothingIsLostTests
{
    static readonly string[] Upstreams = ["chat", "responses", "messages", "gemini", "ollama", "converse", "cohere"];

    // Models that reason, and models that do not.
    static readonly Dictionary<string, string[]> Models = new()
    {
        ["messages"] = ["claude-sonnet-4-5", "claude-3-haiku"],
        ["converse"] = ["anthropic.claude-sonnet-4-5", "amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0", "openai.gpt-oss-120b-1:0", "meta.llama3-1-70b-instruct-v1:0"],
        ["gemini"] = ["gemini-2.5-flash", "gemini-3-pro", "gemini-1.5-pro"],
        ["ollama"] = ["m", "gpt-oss"],
    };

    static readonly Quirks[] Deviations =
    [
        Quirks.None, Quirks.MaxCompletionTokens, Quirks.OpenApiSchema, Quirks.ReasoningObject | Quirks.CacheControl | Quirks.ReplaysReasoning,
        Quirks.NoReasoningEffort | Quirks.NoParallelToolCalls | Quirks.ToolChoiceAny | Quirks.RandomSeed | Quirks.ShortToolCallIds | Quirks.NoStreamOptions,
        Quirks.EffortByModel | Quirks.DocumentUrls | Quirks.NoOpenAiFields,
    ];

    static readonly Dictionary<string, string> Minimal = new()
    {
        ["chat"] = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""",
        ["responses"] = """{"model":"m","input":[{"role":"user","content":"hi"}]}""",
        ["messages"] = """{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":"hi"}]}""",
        ["gemini"] = """{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}""",
        ["ollama"] = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""",
        ["completions"] = """{"model":"m","prompt":"hi"}""",
        ["generate"] = """{"model":"m","prompt":"hi"}""",
    };

    const string ChatTool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]";
    const string TwoChatTools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]";
    const string TwoFlatTools = "\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"function\",\"name\":\"g\"}]";
    const string FlatTool = "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}]";
    const string ClaudeTool = "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]";
    const string ClaudeCall = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"content\":[";
    const string End = "]}]}]";
    const string GeminiTool = "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\"}]}]";

    /// <summary>Dialect, the fields that are there anyway, the field itself, marks of which one must arrive (separated by |), and the names that tell of it.</summary>
    static readonly (string Dialect, string Around, string Field, string Marks, string Names)[] Fields =
    [
        // chat: top
        ("chat", "", "\"max_tokens\":77", "77", ""), ("chat", "", "\"max_completion_tokens\":77", "77", ""),
        ("chat", "", "\"temperature\":0", "\"temperature\":0", ""), ("chat", "", "\"top_p\":0.97", "0.97", ""), ("chat", "", "\"top_k\":17", "17", "top_k"),
        ("chat", "", "\"stop\":\"ZZ\"", "ZZ", "stop"), ("chat", "", "\"stop\":[\"ZZ\",\"YY\"]", "\"YY\"", "stop"),
        ("chat", "", "\"seed\":4711", "4711", "seed"), ("chat", "", "\"n\":2", "\"n\":2", "n"), ("chat", "", "\"logit_bias\":{\"5\":1}", "logit_bias", "logit_bias"),
        ("chat", "", "\"logprobs\":true", "ogprobs", "logprobs"), ("chat", "", "\"logprobs\":true,\"top_logprobs\":3", "ogprobs\":3", "logprobs"),
        ("chat", "", "\"frequency_penalty\":0.31", "0.31", "frequency_penalty"), ("chat", "", "\"presence_penalty\":0.31", "0.31", "presence_penalty"),
        ("chat", "", "\"frequency_penalty\":-0.31", "-0.31", "frequency_penalty"),
        ("chat", "", "\"user\":\"zed\"", "zed", "user"), ("chat", "", "\"safety_identifier\":\"zed\"", "zed", "user"), ("chat", "\"user\":\"u\"", "\"safety_identifier\":\"zed\"", "zed", "safety_identifier"),
        ("chat", "", "\"metadata\":{\"a\":\"zed\"}", "zed", "metadata"), ("chat", "", "\"service_tier\":\"default\"", "service_tier|serviceTier", "service_tier"),
        ("chat", "", "\"service_tier\":\"flex\"", "flex", "service_tier"), ("chat", "", "\"store\":true", "\"store\":true", "store"),
        ("chat", "", "\"prompt_cache_key\":\"zed\"", "zed", "prompt_cache_key"), ("chat", "", "\"prompt_cache_retention\":\"24h\"", "24h", "prompt_cache_retention"),
        ("chat", "", "\"prompt_cache_options\":{\"a\":\"zed\"}", "zed", "prompt_cache_options"), ("chat", "", "\"verbosity\":\"low\"", "verbosity\":\"low", "verbosity"),
        ("chat", "", "\"prediction\":{\"type\":\"content\",\"content\":\"zed\"}", "zed", "prediction"), ("chat", "", "\"moderation\":{\"model\":\"zed\"}", "zed", "moderation"),
        ("chat", "", "\"modalities\":[\"text\",\"audio\"]", "modalities", "modalities"), ("chat", "", "\"audio\":{\"voice\":\"zed\",\"format\":\"wav\"}", "zed", "audio"),
        ("chat", "", "\"web_search_options\":{\"search_context_size\":\"low\"}", "web_search_options", "web_search_options"),
        ("chat", "", "\"response_format\":{\"type\":\"json_object\"}", "json", "response_format"),
        ("chat", "", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\",\"title\":\"zed\"}}}", "zed", ""),
        ("chat", "", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"description\":\"zed\",\"schema\":{\"type\":\"object\"}}}", "zed", "response_format.json_schema.description"),
        ("chat", "", "\"reasoning_effort\":\"low\"", "low|LOW|budget|Budget|think", ""), ("chat", "", "\"reasoning_effort\":\"high\"", "high|budget|Budget|think", ""),
        ("chat", "", "\"reasoning_effort\":\"none\"", "none|disabled|Budget\":0|think", "reasoning_effort"),
        ("chat", "", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3000}", "3000|medium|think", ""), ("chat", "", "\"thinking\":{\"type\":\"disabled\"}", "none|disabled|Budget\":0|think", "reasoning_effort"),
        ("chat", "", "\"thinking\":{\"type\":\"enabled\",\"zed\":1}", "zed", "thinking.zed"), ("chat", "", "\"reasoning\":{\"max_tokens\":3000}", "3000|medium|think", ""),
        ("chat", "", "\"reasoning\":{\"effort\":\"low\",\"exclude\":true}", "exclude", "reasoning.exclude"), ("chat", "", "\"zed\":{\"a\":1}", "zed", "zed"),
        // chat: tools
        ("chat", "", ChatTool, "\"f\"", ""), ("chat", "", "\"functions\":[{\"name\":\"f\"}]", "\"f\"", ""),
        ("chat", "", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true}}]", "\"strict\":true", "strict"),
        ("chat", "", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"zed\"}}]", "zed", ""),
        ("chat", "", "\"tools\":[{\"type\":\"function\",\"cache_control\":{\"type\":\"ephemeral\"},\"function\":{\"name\":\"f\"}}]", "ephemeral|cachePoint", "cache_control"),
        ("chat", "", "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"format\":{\"type\":\"grammar\",\"grammar\":{\"definition\":\"zed\"}}}}]", "zed", "tools[].format"),
        ("chat", "", "\"tools\":[{\"type\":\"zed\",\"x\":1}]", "zed", "tools.zed"),
        ("chat", ChatTool, "\"tool_choice\":\"none\"", "none|NONE", "tool_choice"), ("chat", ChatTool, "\"tool_choice\":\"required\"", "required|any|ANY|REQUIRED", "tool_choice"),
        ("chat", ChatTool, "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "_choice|Choice|ANY", "tool_choice"),
        ("chat", TwoChatTools, "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}", "allowed_tools", "tool_choice"),
        ("chat", ChatTool, "\"parallel_tool_calls\":false", "parallel_tool_calls\":false|disable_parallel_tool_use", "parallel_tool_calls"),
        // chat: messages and parts
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"name\":\"zed\"}]", "zed", "messages[].name"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"zed\":1}]", "zed", "messages[].zed"),
        ("chat", "", "\"messages\":[{\"role\":\"developer\",\"content\":\"zed\"},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"system\",\"content\":\"zed\"},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":\"\",\"refusal\":\"zed\"},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":\"a\",\"audio\":{\"id\":\"zed\"}},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", "messages[].audio"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]", "ephemeral|cachePoint", "cache_control"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\",\"prompt_cache_breakpoint\":{\"mode\":\"zed\"}}]}]", "zed", "content.prompt_cache_breakpoint"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/zed.png\"}}]}]", "zed.png", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,aGk=\",\"detail\":\"low\"}}]}]", "\"low\"", "content.detail"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"aGk=\",\"format\":\"wav\"}}]}]", "aGk=", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"zed\"}}]}]", "zed", ""),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,aGk=\",\"filename\":\"zed\"}}]}]", "zed", "content.filename"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"},{\"type\":\"video_url\",\"video_url\":{\"url\":\"zed\"}}]}]", "zed", "content.video_url"),
        ("chat", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"},\"zed\":1}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"r\"}]", "zed", "tool_calls[].zed"),
        // responses
        ("responses", "", "\"instructions\":\"zed\"", "zed", ""), ("responses", "", "\"max_output_tokens\":77", "77", ""), ("responses", "", "\"temperature\":0", "\"temperature\":0", ""),
        ("responses", "", "\"top_p\":0.97", "0.97", ""), ("responses", "", "\"top_logprobs\":3", "ogprobs\":3", "top_logprobs"), ("responses", "", "\"user\":\"zed\"", "zed", "user"),
        ("responses", "", "\"safety_identifier\":\"zed\"", "zed", "user"), ("responses", "", "\"metadata\":{\"a\":\"zed\"}", "zed", "metadata"),
        ("responses", "", "\"service_tier\":\"default\"", "service_tier|serviceTier", "service_tier"), ("responses", "", "\"prompt_cache_key\":\"zed\"", "zed", "prompt_cache_key"),
        ("responses", "", "\"prompt_cache_retention\":\"24h\"", "24h", "prompt_cache_retention"), ("responses", "", "\"background\":true", "background", "background"),
        ("responses", "", "\"truncation\":\"auto\"", "truncation", "truncation"), ("responses", "", "\"max_tool_calls\":7", "max_tool_calls", "max_tool_calls"),
        ("responses", "", "\"include\":[\"file_search_call.results\"]", "file_search_call", "include"), ("responses", "", "\"prompt\":{\"id\":\"zed\"}", "zed", "prompt"),
        ("responses", "", "\"conversation\":\"zed\"", "zed", "conversation"), ("responses", "", "\"context_management\":[{\"type\":\"zed\"}]", "zed", "context_management"),
        ("responses", "", "\"moderation\":{\"a\":\"zed\"}", "zed", "moderation"), ("responses", "", "\"reasoning\":{\"effort\":\"low\"}", "low|LOW|budget|Budget|think", ""),
        ("responses", "", "\"reasoning\":{\"effort\":\"none\"}", "none|disabled|Budget\":0|think", "reasoning.effort"), ("responses", "", "\"reasoning\":{\"summary\":\"detailed\"}", "detailed", "reasoning.summary"),
        ("responses", "", "\"text\":{\"verbosity\":\"low\"}", "verbosity\":\"low", "text.verbosity"), ("responses", "", "\"text\":{\"format\":{\"type\":\"json_object\"}}", "json", "text.format"),
        ("responses", "", "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{\"type\":\"object\",\"title\":\"zed\"}}}", "zed", ""),
        ("responses", "", "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"description\":\"zed\",\"schema\":{\"type\":\"object\"}}}", "zed", "text.format.description"),
        ("responses", "", FlatTool, "\"f\"", ""), ("responses", "", "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"strict\":true}]", "\"strict\":true", "strict"),
        ("responses", "", "\"tools\":[{\"type\":\"custom\",\"name\":\"f\",\"format\":{\"type\":\"grammar\",\"definition\":\"zed\"}}]", "zed", "tools[].format"),
        ("responses", "", "\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"defer_loading\":true}]", "defer_loading", "tools[].defer_loading"),
        ("responses", "", "\"tools\":[{\"type\":\"web_search\"}]", "web_search", "tools.web_search"), ("responses", FlatTool, "\"tool_choice\":\"required\"", "required|any|ANY|REQUIRED", "tool_choice"),
        ("responses", FlatTool, "\"tool_choice\":\"none\"", "none|NONE", "tool_choice"), ("responses", FlatTool, "\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}", "_choice|Choice|ANY", "tool_choice"),
        ("responses", TwoFlatTools, "\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]}", "allowed_tools", "tool_choice"),
        ("responses", FlatTool, "\"parallel_tool_calls\":false", "parallel_tool_calls\":false|disable_parallel_tool_use", "parallel_tool_calls"),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,aGk=\",\"detail\":\"low\"}]}]", "\"low\"", "content.detail"),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"zed\"}]}]", "zed", ""),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"filename\":\"zed\",\"file_data\":\"data:application/pdf;base64,aGk=\"}]}]", "zed", "content.filename"),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"https://x/zed.pdf\"}]}]", "zed.pdf", ""),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\",\"prompt_cache_breakpoint\":{\"mode\":\"zed\"}}]}]", "zed", "content.prompt_cache_breakpoint"),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":\"hi\"},{\"type\":\"message\",\"role\":\"assistant\",\"phase\":\"zed\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", "input[].phase"),
        ("responses", "", "\"input\":[{\"role\":\"user\",\"content\":\"hi\"},{\"type\":\"zed\",\"id\":\"i\"},{\"role\":\"user\",\"content\":\"hi\"}]", "\"zed\"", "content.zed"),
        // messages
        ("messages", "", "\"system\":\"zed\"", "zed", ""), ("messages", "", "\"temperature\":0", "\"temperature\":0", ""), ("messages", "", "\"top_p\":0.97", "0.97", ""),
        ("messages", "", "\"top_k\":17", "17", "top_k"), ("messages", "", "\"stop_sequences\":[\"ZZ\"]", "ZZ", "stop_sequences"), ("messages", "", "\"metadata\":{\"user_id\":\"zed\"}", "zed", "metadata.user_id"),
        ("messages", "", "\"metadata\":{\"x\":\"zed\"}", "zed", "metadata.x"), ("messages", "", "\"service_tier\":\"standard_only\"", "standard_only|\"default\"", "service_tier"),
        ("messages", "", "\"container\":\"zed\"", "zed", "container"), ("messages", "", "\"mcp_servers\":[{\"name\":\"zed\"}]", "zed", "mcp_servers"),
        ("messages", "", "\"context_management\":{\"edits\":[{\"type\":\"zed\"}]}", "zed", "context_management"), ("messages", "", "\"inference_geo\":\"zed\"", "zed", "inference_geo"),
        ("messages", "", "\"cache_control\":{\"type\":\"ephemeral\"}", "ephemeral", "cache_control"),
        ("messages", "", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3000}", "3000|medium|think", "thinking"), ("messages", "", "\"thinking\":{\"type\":\"disabled\"}", "none|disabled|Budget\":0|think", "thinking"),
        ("messages", "", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"zed\"}", "zed", "thinking.display"), ("messages", "", "\"thinking\":{\"type\":\"between_tools\"}", "between_tools", "thinking.type"),
        ("messages", "", "\"output_config\":{\"effort\":\"low\"}", "low|LOW|budget|Budget|think", "thinking"), ("messages", "", "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"title\":\"zed\"}}}", "zed", ""),
        ("messages", "", ClaudeTool, "\"f\"", ""), ("messages", "", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"},\"strict\":true}]", "\"strict\":true", "strict"),
        ("messages", "", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"},\"cache_control\":{\"type\":\"ephemeral\"}}]", "ephemeral|cachePoint", "cache_control"),
        ("messages", "", "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"},\"input_examples\":[{}]}]", "input_examples", "tools[0].input_examples"),
        ("messages", "", "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", "web_search", "tools.web_search_20250305"),
        ("messages", ClaudeTool, "\"tool_choice\":{\"type\":\"any\"}", "required|any|ANY|REQUIRED", "tool_choice"), ("messages", ClaudeTool, "\"tool_choice\":{\"type\":\"none\"}", "none|NONE", "tool_choice"),
        ("messages", ClaudeTool, "\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\"}", "_choice|Choice|ANY", "tool_choice"),
        ("messages", ClaudeTool, "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}", "parallel_tool_calls\":false|disable_parallel_tool_use", "tool_choice.disable_parallel_tool_use"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"zed\":1}]", "zed", "messages[].zed"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"}}]}]", "ephemeral|cachePoint", "cache_control"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"citations\":{\"enabled\":true},\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"d\"}}]}]", "citations", "content.citations"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"context\":\"zed\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"d\"}}]}]", "zed", "content.context"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"title\":\"zed\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"d\"}}]}]", "zed", "content.title"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"title\":\"zed\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":\"aGk=\"}}]}]", "zed", "content.title"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"zed\"}}]}]", "zed", ""),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"transformations\":{\"a\":\"zed\"},\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"aGk=\"}}]}]", "zed", "content.transformations"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"},{\"type\":\"search_result\",\"title\":\"zed\"}]}]", "zed|emVk", ""),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"a\",\"citations\":[{\"type\":\"zed\"}]}]},{\"role\":\"user\",\"content\":\"hi\"}]", "zed", "content.citations"),
        ("messages", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"is_error\":true,\"content\":\"r\"}]}]", "rror", "is_error"),
        ("messages", "", ClaudeCall + "{\"type\":\"search_result\",\"title\":\"zed\"}" + End, "zed|emVk", ""),
        ("messages", "", ClaudeCall + "{\"type\":\"tool_reference\",\"tool_name\":\"zed\"},{\"type\":\"text\",\"text\":\"t\"}" + End, "zed", "content.tool_reference"),
        ("messages", "", ClaudeCall + "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"aGk=\"}}" + End, "aGk=", "content.image"),
        ("messages", "", ClaudeCall + "{\"type\":\"document\",\"title\":\"zed\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"d\"}}" + End, "zed", "content.title"),
        ("messages", "", ClaudeCall + "{\"type\":\"text\",\"text\":\"t\",\"cache_control\":{\"type\":\"ephemeral\"}}" + End, "ephemeral|cachePoint", "cache_control"),
        // gemini
        ("gemini", "", "\"systemInstruction\":{\"parts\":[{\"text\":\"zed\"}]}", "zed", ""), ("gemini", "", "\"systemInstruction\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"aGk=\"}}]}", "aGk=", "systemInstruction.parts"),
        ("gemini", "", "\"safetySettings\":[{\"category\":\"zed\"}]", "zed", "safetySettings"), ("gemini", "", "\"cachedContent\":\"zed\"", "zed", "cachedContent"), ("gemini", "", "\"labels\":{\"a\":\"zed\"}", "zed", "labels"),
        ("gemini", "", "\"serviceTier\":\"zed\"", "zed", "serviceTier"),
        ("gemini", "", "\"generationConfig\":{\"temperature\":0}", "\"temperature\":0", ""), ("gemini", "", "\"generationConfig\":{\"topP\":0.97}", "0.97", ""),
        ("gemini", "", "\"generationConfig\":{\"topK\":17}", "17", "generationConfig.topK"), ("gemini", "", "\"generationConfig\":{\"maxOutputTokens\":77}", "77", ""),
        ("gemini", "", "\"generationConfig\":{\"stopSequences\":[\"ZZ\"]}", "ZZ", "generationConfig.stopSequences"), ("gemini", "", "\"generationConfig\":{\"seed\":4711}", "4711", "generationConfig.seed"),
        ("gemini", "", "\"generationConfig\":{\"candidateCount\":2}", "\"n\":2", "generationConfig.candidateCount"), ("gemini", "", "\"generationConfig\":{\"presencePenalty\":0.31}", "0.31", "generationConfig.presencePenalty"),
        ("gemini", "", "\"generationConfig\":{\"frequencyPenalty\":0.31}", "0.31", "generationConfig.frequencyPenalty"), ("gemini", "", "\"generationConfig\":{\"responseLogprobs\":true,\"logprobs\":3}", "ogprobs\":3", "generationConfig.responseLogprobs"),
        ("gemini", "", "\"generationConfig\":{\"responseMimeType\":\"application/json\"}", "json", "generationConfig.responseMimeType"), ("gemini", "", "\"generationConfig\":{\"responseMimeType\":\"text/x.enum\"}", "x.enum", "generationConfig.responseMimeType"),
        ("gemini", "", "\"generationConfig\":{\"responseJsonSchema\":{\"type\":\"object\",\"title\":\"zed\"}}", "zed", ""), ("gemini", "", "\"generationConfig\":{\"responseSchema\":{\"type\":\"OBJECT\",\"title\":\"zed\"}}", "zed", ""),
        ("gemini", "", "\"generationConfig\":{\"responseModalities\":[\"IMAGE\"]}", "IMAGE", "generationConfig.responseModalities"), ("gemini", "", "\"generationConfig\":{\"speechConfig\":{\"a\":\"zed\"}}", "zed", "generationConfig.speechConfig"),
        ("gemini", "", "\"generationConfig\":{\"imageConfig\":{\"a\":\"zed\"}}", "zed", "generationConfig.imageConfig"), ("gemini", "", "\"generationConfig\":{\"mediaResolution\":\"zed\"}", "zed", "generationConfig.mediaResolution"),
        ("gemini", "", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":3000}}", "3000|medium|think", ""), ("gemini", "", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":0}}", "none|disabled|Budget\":0|think", "generationConfig.thinkingConfig"),
        ("gemini", "", "\"generationConfig\":{\"thinkingConfig\":{\"thinkingLevel\":\"LOW\"}}", "low|LOW|budget|Budget|think", ""), ("gemini", "", "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":false}}", "includeThoughts", "generationConfig.thinkingConfig.includeThoughts"),
        ("gemini", "", "\"generationConfig\":{\"thinkingConfig\":{\"zed\":1}}", "zed", "generationConfig.thinkingConfig.zed"),
        ("gemini", "", GeminiTool, "\"f\"", ""), ("gemini", "", "\"tools\":[{\"googleSearch\":{}}]", "googleSearch", "tools.googleSearch"),
        ("gemini", "", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"behavior\":\"zed\"}]}]", "zed", "tools[0].behavior"),
        ("gemini", "", "\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"responseJsonSchema\":{\"title\":\"zed\"}}]}]", "zed", "tools[0].responseJsonSchema"),
        ("gemini", GeminiTool, "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}", "required|any|ANY|REQUIRED", "toolConfig.functionCallingConfig"),
        ("gemini", GeminiTool, "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\"}}", "none|NONE", "toolConfig.functionCallingConfig"),
        ("gemini", GeminiTool, "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\",\"g\"]}}", "allowedFunctionNames", "toolConfig.functionCallingConfig"),
        ("gemini", GeminiTool, "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"VALIDATED\"}}", "VALIDATED", "toolConfig.functionCallingConfig.mode"),
        ("gemini", GeminiTool, "\"toolConfig\":{\"retrievalConfig\":{\"a\":\"zed\"}}", "zed", "toolConfig.retrievalConfig"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},{\"inlineData\":{\"mimeType\":\"video/mp4\",\"data\":\"aGk=\"}}]}]", "aGk=", "content.video"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"aGk=\",\"displayName\":\"zed\"}}]}]", "zed", "parts[].displayName"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},{\"fileData\":{\"mimeType\":\"application/pdf\",\"fileUri\":\"https://x/zed\"}}]}]", "zed", ""),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},{\"executableCode\":{\"code\":\"zed\"}}]}]", "zed", "content.executableCode"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}],\"zed\":1}]", "zed", "contents[].zed"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"f\"}}]},{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"f\",\"response\":{},\"scheduling\":\"zed\"}}]}]", "zed", "parts[].scheduling"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"aGk=\"},\"mediaResolution\":{\"level\":\"zed\"}}]}]", "aGk=", ""),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"mediaResolution\":{\"level\":\"zed\"},\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"aGk=\"}},{\"text\":\"hi\"}]}]", "zed", "parts[].mediaResolution"),
        ("gemini", "", "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\",\"partMetadata\":{\"a\":\"zed\"}}]}]", "zed", "parts[].partMetadata"),
        // ollama
        ("ollama", "", "\"options\":{\"temperature\":0}", "\"temperature\":0", ""), ("ollama", "", "\"options\":{\"top_p\":0.97}", "0.97", ""), ("ollama", "", "\"options\":{\"top_k\":17}", "17", "options.top_k"),
        ("ollama", "", "\"options\":{\"seed\":4711}", "4711", "options.seed"), ("ollama", "", "\"options\":{\"num_predict\":77}", "77", ""), ("ollama", "", "\"options\":{\"stop\":[\"ZZ\"]}", "ZZ", "options.stop"),
        ("ollama", "", "\"options\":{\"frequency_penalty\":0.31}", "0.31", "options.frequency_penalty"), ("ollama", "", "\"options\":{\"presence_penalty\":0.31}", "0.31", "options.presence_penalty"),
        ("ollama", "", "\"options\":{\"num_ctx\":4711}", "4711", "options.num_ctx"), ("ollama", "", "\"options\":{\"min_p\":0.31}", "0.31", "options.min_p"), ("ollama", "", "\"options\":{\"repeat_penalty\":0.31}", "0.31", "options.repeat_penalty"),
        ("ollama", "", "\"keep_alive\":\"7m\"", "7m", "keep_alive"), ("ollama", "", "\"format\":\"json\"", "json", "format"), ("ollama", "", "\"format\":{\"type\":\"object\",\"title\":\"zed\"}", "zed", ""),
        ("ollama", "", "\"think\":true", "think|reasoning", ""), ("ollama", "", "\"think\":false", "none|disabled|Budget\":0|think", "think"), ("ollama", "", "\"think\":\"low\"", "low|LOW|budget|Budget|think", ""),
        ("ollama", "", "\"logprobs\":true,\"top_logprobs\":3", "ogprobs\":3", "logprobs"), ("ollama", "", ChatTool, "\"f\"", ""), ("ollama", "", "\"zed\":1", "zed", "zed"),
        ("ollama", "", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"zed\":1}}]", "zed", "tools[].zed"),
        ("ollama", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"images\":[\"iVBORaGk=\"]}]", "iVBORaGk=", ""), ("ollama", "", "\"messages\":[{\"role\":\"user\",\"content\":\"hi\",\"zed\":1}]", "zed", "messages[].zed"),
        // the legacy two
        ("completions", "", "\"suffix\":\"zed\"", "zed", "suffix"), ("completions", "", "\"logit_bias\":{\"5\":1}", "logit_bias", "logit_bias"), ("completions", "", "\"best_of\":3", "best_of", "best_of"),
        ("completions", "", "\"logprobs\":3", "ogprobs", "logprobs"), ("completions", "", "\"seed\":4711", "4711", "seed"), ("completions", "", "\"stop\":\"ZZ\"", "ZZ", "stop"), ("completions", "", "\"user\":\"zed\"", "zed", "user"),
        ("completions", "", "\"presence_penalty\":0.31", "0.31", "presence_penalty"), ("completions", "", "\"max_tokens\":77", "77", ""),
        ("generate", "", "\"system\":\"zed\"", "zed", ""), ("generate", "", "\"suffix\":\"zed\"", "zed", "suffix"), ("generate", "", "\"template\":\"zed\"", "zed", "template"), ("generate", "", "\"raw\":true", "raw", "raw"),
        ("generate", "", "\"context\":[1]", "context", "context"), ("generate", "", "\"options\":{\"num_ctx\":4711}", "4711", "options.num_ctx"), ("generate", "", "\"options\":{\"seed\":4711}", "4711", "options.seed"),
        ("generate", "", "\"keep_alive\":\"7m\"", "7m", "keep_alive"), ("generate", "", "\"width\":64", "width", "width"),
    ];

    // What a target need not be told: pieces of a field, and the models to which it goes without saying.
    static readonly (string Field, string Models, string Reason)[] GoesWithoutSaying =
    [
        ("\"none\"|\"disabled\"|Budget\":0}|\"think\":false", "claude-3-haiku|amazon.nova-lite-v1:0|meta.llama3-1-70b-instruct-v1:0|gemini-1.5-pro", "they cannot reason"),
        ("\"think\":true", "gemini-3-pro", "it always reasons"),
    ];

    // Fields that mean nothing to any upstream, because this server answers for them itself.
    static readonly (string Dialect, string Field, string Reason)[] Ours =
    [
        ("chat", "\"stream\":false", "how the client is answered is decided here"), ("chat", "\"stream_options\":{\"include_usage\":true}", "usage is always asked for, and told or not here"),
        ("responses", "\"stream\":false", "as above"), ("responses", "\"store\":false", "answers are stored here"), ("messages", "\"stream\":false", "as above"), ("ollama", "\"stream\":false", "as above"),
        ("ollama", "\"options\":{\"num_predict\":-1}", "no limit is the same as none"), ("chat", "\"tool_choice\":\"auto\"", "without tools there is no choice"),
        ("chat", "\"response_format\":{\"type\":\"text\"}", "the usual form"), ("responses", "\"text\":{\"format\":{\"type\":\"text\"}}", "the usual form"), ("gemini", "\"generationConfig\":{\"responseMimeType\":\"text/plain\"}", "the usual form"),
        ("chat", "\"n\":1", "one is the usual number"), ("gemini", "\"generationConfig\":{\"candidateCount\":1}", "one is the usual number"),
    ];

    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var i = 0; i < Fields.Length; i++) foreach (var upstream in Upstreams) cases.Add(i, upstream);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Every_field_arrives_or_is_named_or_refused(int row, string upstream)
    {
        foreach (var model in Models.GetValueOrDefault(upstream, ["m"]))
        {
            foreach (var quirks in Deviations) Check(row, upstream, new UpstreamTarget(JsonString.Of(model), quirks, Stream: false));
        }
    }

    static void Check(int row, string upstream, in UpstreamTarget target)
    {
        var (dialect, around, field, marks, names) = Fields[row];
        var (before, _) = Write(Read(dialect, Request(dialect, around, "")), upstream, target);
        string after, ignored;
        var read = Read(dialect, Request(dialect, around, field));
        try
        {
            (after, ignored) = Write(read, upstream, target);
        }
        catch (BridgeException refused) when (refused.Error is { Status: 400, Param: not null } && upstream != dialect)
        {
            return;
        }
        var named = ignored.Split(", ");
        if (IsWatchedFor(read, upstream)) return;
        if (marks.Contains("think", StringComparison.Ordinal)) names += "|" + Format(dialect).FieldName("reasoning_effort");
        if (names.Split('|').Any(name => name.Length > 0 && named.Contains(name))) return;
        var arrives = after != before && marks.Split('|').Any(mark => Count(after, mark) > Count(before, mark));
        // A tool choice may be carried by what is offered, and "nobody but this tool" by offering it alone.
        if (field.StartsWith("\"tool_choice\"", StringComparison.Ordinal) || field.StartsWith("\"toolConfig\"", StringComparison.Ordinal)) arrives = after != before;
        var model = target.Model.ToString();
        if (Array.Exists(GoesWithoutSaying, known => known.Field.Split('|').Any(piece => field.Contains(piece, StringComparison.Ordinal)) && known.Models.Split('|').Contains(model))) return;
        Assert.True(arrives, $"{dialect} to {upstream} ({target.Model}, {target.Quirks}): {field} is lost; ignored: '{ignored}'; sent: {after}");
    }

    // Where stop sequences have no place the answer is watched for them instead (StopSequencesTests).
    static bool IsWatchedFor(ChatRequest read, string upstream) => !Format(upstream).CarriesStopSequences(JsonString.Of("m")) && read.Sampling.Stop.Count > 0;

    // Agents choose most of it themselves: whatever does not arrive is named, by whichever name.
    [Fact]
    public void Agents_get_it_or_it_is_named_or_refused()
    {
        var target = new UpstreamTarget(JsonString.Of("p/m"), Quirks.None, Stream: true);
        foreach (var (dialect, around, field, marks, _) in Fields)
        {
            try
            {
                var (before, namedBefore) = Write(Read(dialect, Request(dialect, around, "")), "opencode", target);
                var read = Read(dialect, Request(dialect, around, field));
                if (IsWatchedFor(read, "opencode")) continue;
                var (after, named) = Write(read, "opencode", target);
                var arrives = $"{marks}|failed=".Split('|').Any(mark => Count(after, mark) > Count(before, mark));
                Assert.True(arrives || named != namedBefore, $"{dialect}: {field} is lost; ignored: '{named}'; sent: {after}");
            }
            catch (BridgeException refused)
            {
                Assert.True(refused.Error is { Status: 400, Param: not null }, field);
            }
        }
    }

    [Fact]
    public void What_only_this_server_heeds_changes_nothing_and_is_not_named()
    {
        foreach (var (dialect, field, reason) in Ours)
        {
            foreach (var upstream in Upstreams)
            {
                if (upstream == dialect) continue;
                var (before, _) = Write(dialect, Request(dialect, "", ""), upstream);
                var (after, ignored) = Write(dialect, Request(dialect, "", field), upstream);
                Assert.True(before == after && ignored.Length == 0, $"{dialect} to {upstream}: {field} ({reason}): '{ignored}' {after}");
            }
        }
    }

    [Fact]
    public void What_says_nothing_is_not_named()
    {
        var (_, ignored) = Write("chat", """{"model":"m","messages":[{"role":"user","content":"hi"},{"id":"x","status":"done","role":"assistant","content":"a","annotations":[],"audio":null,"refusal":null},{"role":"user","content":"hi"}]}""", "gemini");
        Assert.Equal("", ignored);
    }

    [Theory, InlineData("chat"), InlineData("responses")]
    public void A_refusal_is_one_and_reasoning_is_counted_at_Anthropics_clients(string from)
    {
        var answer = from == "chat"
            ? """{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"No."},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":7}}}"""
            : """{"id":"i","model":"m","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}],"usage":{"input_tokens":5,"output_tokens":9,"output_tokens_details":{"reasoning_tokens":7}}}""";
        var context = new ResponseContext("id", JsonString.Of("m"), 1);
        using var collector = new ResponseCollector();
        using var frames = new PooledBuffer();
        using var writer = WireFormat.AnthropicMessages.CreateWriter(frames, context);
        foreach (var sink in (IEventSink[])[collector, writer])
        {
            using var reader = Format(from).CreateReader(Quirks.None, keepExtras: false);
            reader.ReadResponse(Encoding.UTF8.GetBytes(answer), sink);
        }
        using var whole = new PooledBuffer();
        WireFormat.AnthropicMessages.WriteResponse(collector, context, whole);
        foreach (var written in (string[])[Encoding.UTF8.GetString(whole.Written), Encoding.UTF8.GetString(frames.Written)])
        {
            Assert.Contains("\"text\":\"No.\"", written, StringComparison.Ordinal);
            Assert.Contains("\"stop_reason\":\"refusal\"", written, StringComparison.Ordinal);
            Assert.Contains("\"thinking_tokens\":7", written, StringComparison.Ordinal);
        }
    }

    static string Request(string dialect, string around, string field)
    {
        var request = Minimal[dialect];
        foreach (var fields in (string[])[around, field])
        {
            if (fields.Length == 0) continue;
            // A conversation takes the place of the minimal one.
            if (fields.StartsWith("\"messages\"", StringComparison.Ordinal)) request = request[..request.IndexOf("\"messages\"", StringComparison.Ordinal)] + fields + "}";
            else if (fields.StartsWith("\"input\"", StringComparison.Ordinal) || fields.StartsWith("\"contents\"", StringComparison.Ordinal)) request = request[..request.IndexOf(fields[..8], StringComparison.Ordinal)] + fields + "}";
            else request = $"{request[..^1]},{fields}}}";
        }
        return request;
    }

    static ChatRequest Read(string dialect, string request) => Format(dialect).ReadRequest(Encoding.UTF8.GetBytes(request));

    static (string Body, string Ignored) Write(string dialect, string request, string upstream) =>
        Write(Read(dialect, request), upstream, new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false));

    static (string Body, string Ignored) Write(ChatRequest request, string upstream, in UpstreamTarget target)
    {
        using var body = new PooledBuffer();
        var ignored = new IgnoredFields();
        Format(upstream).WriteRequest(request, target, body, ignored);
        return (Encoding.UTF8.GetString(body.Written), ignored.ToString());
    }

    static WireFormat Format(string name) => name == WireFormat.OpenCode.Name ? WireFormat.OpenCode : WireFormat.All.Single(format => format.Name == name);

    static int Count(string text, string mark) => (text.Length - text.Replace(mark, "", StringComparison.Ordinal).Length) / mark.Length;
}
