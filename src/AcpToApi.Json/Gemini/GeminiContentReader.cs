using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Reads one element of <c>contents</c> after the other. Calls mostly have no ids here, so they get their number, and a result belongs to the
/// first unanswered call of its name. SDKs keep each chunk of a streamed answer as a content of its own, so all of the model's in a row are one turn.
/// </summary>
sealed class GeminiContentReader
{
    readonly List<Call> _calls = [];
    int _numbered;
    GeminiPieces? _open;

    /// <summary>Reads the content that the reader stands on.</summary>
    public void Read(ref BodyReader reader, List<Message> messages)
    {
        reader.ExpectObject();
        Role? role = null;
        List<GeminiRequestPart> parts = [];
        while (reader.NextProperty())
        {
            if (reader.IsField("role"u8)) role = ReadRole(ref reader);
            else if (reader.IsField("parts"u8)) ReadParts(ref reader, parts);
            else reader.Unread("contents[].");
        }
        role ??= parts.Exists(part => part.Name is not null && part.Response is null) ? Role.Assistant : Role.User;
        Add(ref reader, role.Value, parts, messages);
    }

    /// <summary>No content follows.</summary>
    public void End()
    {
        _open?.End();
        _open = null;
    }

    /// <summary>Reads the content of <c>systemInstruction</c>.</summary>
    public static void ReadInstruction(ref BodyReader reader, List<Part> parts)
    {
        reader.ExpectObject();
        List<GeminiRequestPart> read = [];
        while (reader.NextProperty())
        {
            if (reader.IsField("parts"u8)) ReadParts(ref reader, read);
            else if (reader.IsField("role"u8)) reader.SkipValue();
            else reader.Unread("contents[].");
        }
        foreach (var part in read)
        {
            if (part.Text is { } text) parts.Add(new TextPart(text));
            else reader.UnreadFields.Add("systemInstruction.parts");
        }
    }

    static Role ReadRole(ref BodyReader reader)
    {
        if (!reader.Value()) return Role.User;
        var role = reader.ExpectString().Text;
        if (role.Is("model"u8) || role.Is("assistant"u8)) return Role.Assistant;
        if (!role.IsEmpty && !role.Is("user"u8) && !role.Is("function"u8) && !role.Is("tool"u8)) reader.Fail("must be one of: 'user', 'model', 'function'");
        return Role.User;
    }

    static void ReadParts(ref BodyReader reader, List<GeminiRequestPart> parts)
    {
        if (!reader.Value()) return;
        if (reader.Token == JsonTokenType.StartObject)
        {
            // protobuf's JSON mapping does not take a single part for a list of one, but Google's own examples hold it.
            parts.Add(GeminiRequestPart.Read(ref reader));
            return;
        }
        reader.ExpectArray();
        while (reader.NextElement())
        {
            parts.Add(reader.Token == JsonTokenType.String ? GeminiRequestPart.OfText(reader.ExpectString()) : GeminiRequestPart.Read(ref reader));
        }
    }

    void Add(ref BodyReader reader, Role role, List<GeminiRequestPart> parts, List<Message> messages)
    {
        var continues = role == Role.Assistant && _open is not null;
        if (!continues) End();
        var pieces = _open ?? new GeminiPieces(new Message(role));
        var (results, rest) = (new Message(Role.Tool), pieces.Message);
        foreach (var part in parts)
        {
            if (pieces.TryAdd(part)) continue;
            if (part.Response is not null && role == Role.User) results.Parts.Add(Result(part));
            else if (part.Response is not null || part.IsOpaque) rest.Parts.Add(part.Opaque());
            else if (part.Name is not null)
            {
                if (role != Role.Assistant) reader.Fail("must not hold a functionCall: it belongs in a content of the role 'model'");
                rest.Parts.Add(CallOf(part));
            }
            else if (part.Media is { } media) rest.Parts.Add(media);
            else if (part.Text is not null || part.Signature is not null)
            {
                rest.Parts.Add(new TextPart(part.Text ?? default) { Signature = GeminiSignatures.OwnOf(part.Signature) });
            }
        }
        if (continues) return;
        if (role == Role.Assistant) _open = pieces;
        else pieces.End();
        if (results.Parts.Count > 0) messages.Add(results);
        if (rest.Parts.Count > 0 || results.Parts.Count == 0) messages.Add(rest);
    }

    ToolCallPart CallOf(in GeminiRequestPart part)
    {
        var name = part.Name!.Value;
        var id = part.Id is { IsEmpty: false } told ? told : JsonString.Of($"call_{++_numbered}");
        _calls.Add(new Call(id, name.ToString()));
        return new ToolCallPart { Id = id, Name = name, Arguments = part.Arguments, Signature = GeminiSignatures.OwnOf(part.Signature) };
    }

    ToolResultPart Result(in GeminiRequestPart part)
    {
        var result = new ToolResultPart { CallId = Answered(part), IsError = part.IsError };
        result.Content.AddRange(part.Response!);
        return result;
    }

    JsonString Answered(in GeminiRequestPart part)
    {
        var id = part.Id?.ToString();
        var name = part.Name!.Value.ToString();
        var call = id is { Length: > 0 } ? _calls.Find(call => !call.IsAnswered && call.Id.ToString() == id) : null;
        call ??= _calls.Find(call => !call.IsAnswered && call.Name == name);
        if (call is null) return part.Id is { IsEmpty: false } told ? told : JsonString.Of($"call_{++_numbered}");
        call.IsAnswered = true;
        return call.Id;
    }

    sealed class Call(JsonString id, string name)
    {
        public JsonString Id { get; } = id;

        public string Name { get; } = name;

        public bool IsAnswered { get; set; }
    }
}
