using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>
/// The betas that a client of Anthropic's asks for. Bedrock takes them in the body and refuses a request for any that it does not know, so only
/// those go up that it has, and that mean something without fields that Converse has no place for.
/// </summary>
static class BedrockBetas
{
    static readonly string[] Known =
    [
        "context-1m-2025-08-07", "interleaved-thinking-2025-05-14", "dev-full-thinking-2025-05-14", "output-128k-2025-02-19", "token-efficient-tools-2025-02-19",
        "effort-2025-11-24",
    ];

    /// <summary>Appends them to <c>additionalModelRequestFields</c>, which is open; if any cannot be carried, the header is named in <paramref name="ignored"/>.</summary>
    public static void Write(IReadOnlyList<string>? betas, BedrockModel model, PooledBuffer output, IgnoredFields ignored)
    {
        var any = false;
        foreach (var beta in betas ?? [])
        {
            if (!model.IsClaude || Array.IndexOf(Known, beta) < 0)
            {
                ignored.Add("anthropic-beta");
                continue;
            }
            BedrockObject.Begin(any ? default : "\"anthropic_beta\":["u8, output);
            output.WriteString(JsonString.Of(beta).Text);
            any = true;
        }
        if (any) output.Write((byte)']');
    }
}
