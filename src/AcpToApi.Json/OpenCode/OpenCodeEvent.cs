using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>What is needed of an event to know whose it is; everything points into the event.</summary>
public readonly ref struct OpenCodeEvent
{
    /// <summary>What happened (<c>message.part.delta</c>).</summary>
    public JsonText Type { get; private init; }

    /// <summary>The session that it happened in; empty for the server's own affairs.</summary>
    public JsonText Session { get; private init; }

    /// <summary>The session that began this one, in the event that tells of a new one; empty when nobody did.</summary>
    public JsonText Parent { get; private init; }

    /// <summary>The id of what is asked, in events that ask.</summary>
    public JsonText Id { get; private init; }

    /// <summary>The start of what it tells.</summary>
    internal Utf8JsonReader Properties { get; private init; }

    /// <summary>Whether the agent waits for a permission.</summary>
    public bool AsksPermission => Type.Is("permission.asked"u8);

    /// <summary>Whether the agent waits for an answer of the user.</summary>
    public bool AsksQuestion => Type.Is("question.asked"u8);

    /// <summary>Whether a session began.</summary>
    public bool IsNewSession => Type.Is("session.created"u8);

    /// <summary>Whether a turn is over; said twice when it failed.</summary>
    public bool IsIdle => Type.Is("session.idle"u8);

    /// <summary>Reads an event; one that is not valid is none, and has no type.</summary>
    public static OpenCodeEvent Read(ReadOnlySpan<byte> data)
    {
        try
        {
            return ReadObject(data);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    static OpenCodeEvent ReadObject(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return default;
        JsonText type = default, session = default, parent = default, id = default;
        Utf8JsonReader properties = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) type = reader.ReadText();
            else if (reader.ValueTextEquals("properties"u8)) properties = reader.Mark();
            else reader.SkipValue();
        }
        // Events without are copies of others, in another form.
        if (properties.TokenType != JsonTokenType.StartObject) return default;
        var inside = properties;
        while (inside.Read() && inside.TokenType == JsonTokenType.PropertyName)
        {
            if (inside.ValueTextEquals("sessionID"u8)) session = inside.ReadText();
            else if (inside.ValueTextEquals("id"u8)) id = inside.ReadText();
            else if (inside.ValueTextEquals("info"u8) && type.Is("session.created"u8)) parent = ReadParent(ref inside);
            else inside.SkipValue();
        }
        return new OpenCodeEvent { Type = type, Session = session, Parent = parent, Id = id, Properties = properties };
    }

    // The session is told beside it, too.
    static JsonText ReadParent(scoped ref Utf8JsonReader reader)
    {
        JsonText parent = default;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("parentID"u8)) parent = reader.ReadText();
            else reader.SkipValue();
        }
        return parent;
    }
}
