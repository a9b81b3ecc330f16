using FakeProvider;

namespace AcpToApi.Tests.Support;

/// <summary>A server whose requests to Bedrock go to the scripted provider, signed.</summary>
public sealed class BedrockBridge : Bridge
{
    /// <summary>The environment that puts an upstream behind the row `bedrock`.</summary>
    public static Dictionary<string, string> BedrockBehind(FakeServer upstream) => new()
    {
        ["BEDROCK_BASE_URL"] = upstream.Url,
        ["AWS_ACCESS_KEY_ID"] = AwsSignature.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = AwsSignature.SecretKey,
        ["AWS_SESSION_TOKEN"] = AwsSignature.SessionToken,
        ["AWS_REGION"] = "eu-west-1",
    };

    protected override Dictionary<string, string> Environment => BedrockBehind(Upstream);
}
