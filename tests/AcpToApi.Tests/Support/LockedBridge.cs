namespace AcpToApi.Tests.Support;

/// <summary>A server that asks for a key.</summary>
public sealed class LockedBridge : Bridge
{
    public const string Key = "own-key-of-this-server-42";

    protected override Dictionary<string, string> Environment => new() { ["ACPTOAPI_API_KEY"] = Key };

    protected override string[] Arguments => ["--allow-host", "bridge.example", "--log-level", "debug"];

    /// <summary>Makes a request with the key.</summary>
    public static void WithKey(HttpRequestMessage request)
    {
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {LockedBridge.Key}");
    }
}
