using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>A model of an agent's server.</summary>
/// <param name="Provider">The agent's name for who has it.</param>
/// <param name="Id">Its id there, which may hold slashes.</param>
/// <param name="Efforts">The reasoning efforts that it has, which are variants of it there.</param>
public sealed record OpenCodeModel(string Provider, string Id, IReadOnlyList<string> Efforts)
{
    /// <summary>The id that it can be asked for by.</summary>
    public string FullId => $"{Provider}/{Id}";
}

/// <summary>The models of an agent's server, as <c>GET /config/providers</c> tells them; of the keys that stand there nothing is kept.</summary>
public sealed class OpenCodeModels
{
    readonly List<OpenCodeModel> _all = [];
    string? _firstProvider;

    /// <summary>All of them, in the server's order.</summary>
    public IReadOnlyList<OpenCodeModel> All => _all;

    /// <summary>Reads the list; throws <see cref="JsonException"/> when it is none.</summary>
    public static OpenCodeModels Read(ReadOnlySpan<byte> body)
    {
        var models = new OpenCodeModels();
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isList = reader.ValueTextEquals("providers"u8);
            var value = reader.Mark();
            if (!isList || value.TokenType != JsonTokenType.StartArray) continue;
            while (value.Read() && value.TokenType == JsonTokenType.StartObject) models.ReadProvider(ref value);
        }
        return models;
    }

    /// <summary>The model that an id stands for: with its provider before it or without; an unknown one goes to the provider that it names, or to the first.</summary>
    public OpenCodeModel Find(string id)
    {
        foreach (var model in _all)
        {
            if (id.Length > model.Provider.Length && id[model.Provider.Length] == '/' && id.StartsWith(model.Provider, StringComparison.Ordinal) && id.EndsWith(model.Id, StringComparison.Ordinal)
                && id.Length == model.Provider.Length + 1 + model.Id.Length) return model;
        }
        foreach (var model in _all)
        {
            if (model.Id == id) return model;
        }
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 || _firstProvider is null ? new(id[..Math.Max(slash, 0)], id[(slash + 1)..], []) : new(_firstProvider, id, []);
    }

    void ReadProvider(scoped ref Utf8JsonReader reader)
    {
        JsonText id = default;
        Utf8JsonReader models = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("models"u8)) models = reader.Mark();
            else reader.SkipValue();
        }
        if (id.IsEmpty) return;
        var provider = id.ToString();
        _firstProvider ??= provider;
        if (models.TokenType != JsonTokenType.StartObject) return;
        while (models.Read() && models.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonText.Of(ref models).ToString();
            models.Read();
            _all.Add(new(provider, name, models.TokenType == JsonTokenType.StartObject ? ReadEfforts(ref models) : []));
        }
    }

    static List<string> ReadEfforts(scoped ref Utf8JsonReader model)
    {
        var efforts = new List<string>();
        while (model.Read() && model.TokenType == JsonTokenType.PropertyName)
        {
            if (!model.ValueTextEquals("variants"u8))
            {
                model.SkipValue();
                continue;
            }
            var variants = model.Mark();
            if (variants.TokenType != JsonTokenType.StartObject) continue;
            while (variants.Read() && variants.TokenType == JsonTokenType.PropertyName)
            {
                efforts.Add(JsonText.Of(ref variants).ToString());
                variants.SkipValue();
            }
        }
        return efforts;
    }
}
