using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Fields without neutral meaning: back to where they stood for the same dialect, else named as ignored.</summary>
static class GeminiExtras
{
    /// <summary>Appends the fields of the object that <paramref name="prefix"/> names (<c>toolConfig.</c>; empty: the body) to an object that is open.</summary>
    public static void Write(ChatRequest request, string prefix, PooledBuffer output)
    {
        if (request.Format is not GeminiFormat) return;
        foreach (var (name, json) in request.Extras)
        {
            if (Inside(name, prefix) is not { } field) continue;
            Separate(output);
            output.WriteString(JsonText.Plain(Encoding.UTF8.GetBytes(field)));
            output.Write((byte)':');
            output.Write(json.Span);
        }
    }

    /// <summary>Appends a comma, if the object that is open holds anything.</summary>
    public static void Separate(PooledBuffer output)
    {
        if (output.Written[^1] != (byte)'{') output.Write((byte)',');
    }

    /// <summary>Names what another dialect's client sent and nobody here can carry.</summary>
    public static void Ignore(ChatRequest request, IgnoredFields ignored)
    {
        if (request.Format is GeminiFormat) return;
        foreach (var extra in request.Extras) ignored.AddIf(extra.Name != request.AllowedTools?.Field, extra.Name);
    }

    static string? Inside(string name, string prefix)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var field = name[prefix.Length..];
        return field.Contains('.') ? null : field;
    }
}
