using System.Text;
using AcpToApi.Json.Text;

namespace AcpToApi.Telemetry;

/// <summary>Takes secrets out of text, so that no message or log shows one however it got there: configured ones by value, others by their looks.</summary>
sealed class Redaction(IEnumerable<string> secrets)
{
    const string Mark = "[redacted]";

    // Longest first: a key that begins with another one goes whole. Very short ones would tear ordinary words apart.
    readonly string[] _secrets = [.. secrets.Where(secret => secret.Length >= 6).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>The text without secrets.</summary>
    public string Clean(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, Mark, StringComparison.Ordinal);
        return KeyShapes.Replace(text, Mark);
    }

    /// <summary>Takes secrets out of bytes that are on their way to a client; bytes without one are not touched.</summary>
    public void Clean(PooledBuffer output)
    {
        var text = Encoding.UTF8.GetString(output.Written);
        var clean = Clean(text);
        if (ReferenceEquals(clean, text)) return;
        output.Clear();
        output.Write(Encoding.UTF8.GetBytes(clean));
    }
}
