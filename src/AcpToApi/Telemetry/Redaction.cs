namespace AcpToApi.Telemetry;

/// <summary>Takes configured secrets out of text, by value, so that no message or log shows one however it got there.</summary>
sealed class Redaction(IEnumerable<string> secrets)
{
    // Longest first: a key that begins with another one goes whole. Very short ones would tear ordinary words apart.
    readonly string[] _secrets = [.. secrets.Where(secret => secret.Length >= 6).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>The text without secrets.</summary>
    public string Clean(string text)
    {
        foreach (var secret in _secrets)
        {
            if (text.Contains(secret, StringComparison.Ordinal)) text = text.Replace(secret, "[redacted]", StringComparison.Ordinal);
        }
        return text;
    }
}
