using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// What a request names and does not tell: the answer that it goes on from (<c>previous_response_id</c>), and items of earlier ones
/// (<c>{"type":"item_reference","id":…}</c>, with which SDKs send back what they think is stored).
/// </summary>
public static class ResponseReferences
{
    /// <summary>Whether a body may name anything; a search for bytes. An item that is nothing but an id is found by its being one of ours.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> body) =>
        body.IndexOf("\"previous_response_id\""u8) >= 0 || body.IndexOf("\"item_reference\""u8) >= 0 || ResponseItemIds.AreIn(body);

    /// <summary>The answer that a request goes on from; null when there is none.</summary>
    public static string? Previous(ReadOnlyMemory<byte> body)
    {
        var reader = new BodyReader(body);
        string? previous = null;
        while (reader.NextProperty())
        {
            if (reader.Is("previous_response_id"u8)) previous = reader.Value() ? reader.ExpectString().ToString() : null;
            else reader.SkipValue();
        }
        return previous;
    }

    /// <summary>
    /// Writes a body with the items themselves in place of references to them; <paramref name="find"/> gives an item by its id, or nothing. One
    /// that nobody knows stays as it is if <paramref name="keepsUnknown"/> (whoever gets it may know it); else this throws
    /// <see cref="BridgeException"/> (400), which names it. False: there was nothing to replace, and nothing is written.
    /// </summary>
    public static bool TryWriteItems(ReadOnlyMemory<byte> body, Func<string, ReadOnlyMemory<byte>> find, bool keepsUnknown, PooledBuffer output)
    {
        var (start, done, found) = (output.Length, 0, false);
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            var isInput = reader.Is("input"u8);
            reader.Next();
            if (!isInput || reader.Token != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }
            while (reader.NextElement())
            {
                var id = ReferenceOf(reader);
                var item = id is null ? default : find(id);
                if (id is not null && item.IsEmpty && !keepsUnknown) FailAtId(reader);
                var from = reader.Position;
                reader.Skip();
                if (item.IsEmpty) continue;
                output.Write(body.Span[done..from]);
                output.Write(item.Span);
                done = reader.End;
                found = true;
            }
        }
        if (found) output.Write(body.Span[done..]);
        else output.Truncate(start);
        return found;
    }

    // The id of an item that is only referred to: its type may be left out, but then there is no role either.
    static string? ReferenceOf(BodyReader reader)
    {
        if (reader.Token != JsonTokenType.StartObject) return null;
        var (isOther, isReference) = (false, false);
        string? id = null;
        while (reader.NextProperty())
        {
            var (isType, isId, isRole) = (reader.Is("type"u8), reader.Is("id"u8), reader.Is("role"u8));
            if (!reader.Value()) continue;
            if (isType && reader.Token == JsonTokenType.String) isReference = reader.Is("item_reference"u8);
            isOther |= isRole || (isType && !isReference);
            if (isId && reader.Token == JsonTokenType.String) id = reader.ExpectString().ToString();
            reader.Skip();
        }
        return isReference || !isOther ? id : null;
    }

    static void FailAtId(BodyReader reader)
    {
        while (reader.NextProperty())
        {
            var isId = reader.Is("id"u8);
            reader.Next();
            if (isId) reader.Fail("refers to an item that is not stored here (never was, no longer is, or was made for another key): send the item itself, as SDKs do with 'store' set to false");
            reader.Skip();
        }
    }
}
