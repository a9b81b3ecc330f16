using System.Text;
using AcpToApi.Json.Text;

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

    /// <summary>Takes secrets out of bytes that are on their way to a client; bytes without one are not touched.</summary>
    public void Clean(PooledBuffer output)
    {
        foreach (var secret in _secrets)
        {
            if (output.Written.IndexOf(Encoding.UTF8.GetBytes(secret)) < 0) continue;
            var clean = Encoding.UTF8.GetBytes(Clean(Encoding.UTF8.GetString(output.Written)));
            output.Clear();
            output.Write(clean);
            return;
        }
    }
}
