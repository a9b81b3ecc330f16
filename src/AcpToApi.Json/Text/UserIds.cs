using System.Security.Cryptography;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>End users' ids as OpenAI takes them: it refuses more than 64 characters, and Claude Code's is a whole JSON object.</summary>
static class UserIds
{
    const int MaxLength = 64;

    /// <summary>The id itself where it fits, else a hash of it, which still tells users apart.</summary>
    public static JsonString Fit(JsonString id) =>
        id.Bytes.Length <= MaxLength ? id : JsonString.Of(Convert.ToHexStringLower(SHA256.HashData(id.Bytes.Span)));
}
