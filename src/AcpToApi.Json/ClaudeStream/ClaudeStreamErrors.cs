using System.Globalization;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>
/// What a failed result means. The CLI tells failures as an answer's text, so the kind that stands beside it and the status of the model's
/// provider decide, and its words only where there is neither.
/// </summary>
static class ClaudeStreamErrors
{
    const int NoRetry = 0;

    /// <summary>The error of a result; <paramref name="kind"/> is what the line in the model's place said, <paramref name="resetsAt"/> when a limit ends (Unix seconds; 0 when not told).</summary>
    public static BridgeError Read(in ClaudeLine result, string kind, long resetsAt, long now)
    {
        var said = result.Result.ToString();
        if (said.Length == 0) said = Words(result.Subtype.ToString());
        var status = StatusOf(kind, result.Status, said);
        if (status == 401) said = said.TrimEnd('.') + ". Log the Claude Code CLI in: run `claude` and /login (or `claude setup-token`) as the user of this server, or hand it a key with --agent-env.";
        var error = new BridgeError(status == 404 ? ErrorKind.ModelNotFound : BridgeError.KindOf(status), status, $"Claude Code: {said}");
        if (status != 429) return error;
        var wait = (resetsAt > 0 ? resetsAt : ResetIn(said)) - now;
        return wait > NoRetry ? error with { RetryAfterSeconds = (int)Math.Min(wait, int.MaxValue) } : error;
    }

    static int StatusOf(string kind, long? status, string said)
    {
        if (status is >= 400 and < 600) return (int)status;
        return kind switch
        {
            "authentication_failed" or "oauth_org_not_allowed" => 401,
            "rate_limit" => 429,
            "billing_error" => 402,
            "invalid_request" => 400,
            "model_not_found" => 404,
            "overloaded" => 529,
            "max_output_tokens" => 502,
            "server_error" => 502,
            _ when Has(said, "/login") || Has(said, "Invalid API key") => 401,
            _ when Has(said, "limit reached") || Has(said, "hit your") => 429,
            _ => 502,
        };
    }

    static bool Has(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);

    // Older versions put the time behind a bar: "usage limit reached|1760000000".
    static long ResetIn(string said)
    {
        var bar = said.LastIndexOf('|');
        return bar >= 0 && long.TryParse(said.AsSpan(bar + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time : 0;
    }

    static string Words(string subtype) => subtype switch
    {
        "error_max_turns" => "it stopped after its most turns.",
        "error_max_budget_usd" => "it stopped at its budget.",
        "error_during_execution" => "it was stopped, or failed while it worked.",
        _ => $"it ended with '{subtype}' and no message.",
    };

    /// <summary>When a limit that was hit ends, in Unix seconds; 0 when the line tells of no such limit.</summary>
    public static long ResetOf(ReadOnlySpan<byte> limits)
    {
        if (limits.IsEmpty) return 0;
        var (rejected, resets) = (false, 0L);
        var json = new Utf8JsonReader(limits);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("status"u8)) rejected = json.ReadText().Is("rejected"u8);
            else if (json.ValueTextEquals("resetsAt"u8)) resets = json.ReadCount() ?? 0;
            else json.SkipValue();
        }
        return rejected ? resets : 0;
    }
}
