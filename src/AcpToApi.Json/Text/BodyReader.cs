using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Reads a client's JSON body: a Utf8JsonReader whose every complaint is a <see cref="BridgeException"/> that names the field.
/// "Expect" members take the token that the reader stands on; none of them moves past a value's last token.
/// </summary>
ref struct BodyReader
{
    /// <summary>RFC 8259 without extensions, at most 64 levels deep.</summary>
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    readonly ReadOnlyMemory<byte> _body;
    readonly List<string> _unread = [];
    Utf8JsonReader _json;

    /// <summary>Starts on the body's opening brace.</summary>
    public BodyReader(ReadOnlyMemory<byte> body)
    {
        _body = body;
        _json = new Utf8JsonReader(body.Span, Options);
        if (!Utf8.IsValid(body.Span)) throw new BridgeException(BridgeError.InvalidRequest("The request body is not valid UTF-8."));
        Next();
        if (_json.TokenType != JsonTokenType.StartObject) throw new BridgeException(BridgeError.InvalidRequest("The request body must be a JSON object."));
    }

    /// <summary>Fields that were passed over and say something (<see cref="Unread"/>); copies of the reader share them.</summary>
    public readonly List<string> UnreadFields => _unread;

    /// <summary>The kind of token that the reader stands on.</summary>
    public readonly JsonTokenType Token => _json.TokenType;

    /// <summary>Moves to the next token.</summary>
    public bool Next()
    {
        try
        {
            return _json.Read();
        }
        catch (JsonException broken)
        {
            throw Malformed(broken);
        }
    }

    /// <summary>In an object: moves to the next property name; false at the object's end.</summary>
    public bool NextProperty()
    {
        Next();
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>In an array: moves to the next element; false at the array's end.</summary>
    public bool NextElement()
    {
        Next();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Whether the property name (or string) that the reader stands on is <paramref name="utf8"/>.</summary>
    public bool Is(scoped ReadOnlySpan<byte> utf8) => _json.Is(utf8);

    /// <summary>Whether the property name (or string) that the reader stands on is <paramref name="text"/>.</summary>
    public bool Is(string text) => JsonText.Of(ref _json).Is(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Moves from a property name to its value; false when that is null.</summary>
    public bool Value()
    {
        Next();
        return _json.TokenType != JsonTokenType.Null;
    }

    /// <summary>The property name that the reader stands on.</summary>
    public readonly string Name() => JsonText.Escaped(_json.ValueSpan).ToString();

    /// <summary>The current value, which must be a string.</summary>
    public JsonString ExpectString()
    {
        if (_json.TokenType != JsonTokenType.String) Fail("must be a string");
        return JsonString.Slice(_body, ref _json);
    }

    /// <summary>The current value, which must be true or false.</summary>
    public readonly bool ExpectBool()
    {
        if (_json.TokenType is not (JsonTokenType.True or JsonTokenType.False)) Fail("must be true or false");
        return _json.TokenType == JsonTokenType.True;
    }

    /// <summary>The current value, which must be a whole number of 64 bits.</summary>
    public readonly long ExpectWhole()
    {
        if (_json.TokenType == JsonTokenType.Number)
        {
            if (_json.TryGetInt64(out var whole)) return whole;
            // 4096.0 and 1e3 are whole numbers too (RFC 8259, section 6).
            if (_json.TryGetDouble(out var number) && Math.Abs(number) <= 9007199254740992 && Math.Floor(number) == number) return (long)number;
        }
        Fail("must be a whole number");
        return 0;
    }

    /// <summary>The current value, which must be a finite number.</summary>
    public readonly double ExpectNumber()
    {
        if (_json.TokenType != JsonTokenType.Number || !_json.TryGetDouble(out var number) || !double.IsFinite(number)) Fail("must be a number");
        return _json.GetDouble();
    }

    /// <summary>The current value, which must be an object; the reader then stands on its brace.</summary>
    public readonly void ExpectObject()
    {
        if (_json.TokenType != JsonTokenType.StartObject) Fail("must be an object");
    }

    /// <summary>The current value, which must be an array; the reader then stands on its bracket.</summary>
    public readonly void ExpectArray()
    {
        if (_json.TokenType != JsonTokenType.StartArray) Fail("must be an array");
    }

    /// <summary>The current value as raw JSON, whatever it is; the reader then stands on its last token.</summary>
    public ReadOnlyMemory<byte> Raw()
    {
        var start = (int)_json.TokenStartIndex;
        Skip();
        return _body[start..(int)_json.BytesConsumed];
    }

    /// <summary>The current value as raw JSON, which must be an object.</summary>
    public ReadOnlyMemory<byte> RawObject()
    {
        ExpectObject();
        return Raw();
    }

    /// <summary>Moves to the last token of the current value.</summary>
    public void Skip()
    {
        try
        {
            _json.Skip();
        }
        catch (JsonException broken)
        {
            throw Malformed(broken);
        }
    }

    /// <summary>From the name of a field that has no neutral meaning past its value; noted by its name behind <paramref name="where"/> unless it is empty or off.</summary>
    public void Unread(string where)
    {
        var name = JsonText.Of(ref _json);
        // Numbers and states that an API gave its own objects, which clients send back.
        var isOwn = name.Is("id"u8) || name.Is("status"u8) || name.Is("type"u8) || name.Is("index"u8) || name.Is("object"u8);
        var lost = isOwn ? null : where + name.ToString();
        if (!Value()) return;
        var saysNothing = Token == JsonTokenType.False || Raw().Span is [(byte)'"', (byte)'"'] or [(byte)'[', (byte)']'] or [(byte)'{', (byte)'}'];
        if (lost is not null && !saysNothing && !_unread.Contains(lost)) _unread.Add(lost);
    }

    /// <summary>Where in the body the current token begins.</summary>
    public readonly int Position => (int)_json.TokenStartIndex;

    /// <summary>Where in the body the current token ends.</summary>
    public readonly int End => (int)_json.BytesConsumed;

    /// <summary>A place to come back to.</summary>
    public readonly BodyReader Mark() => this;

    /// <summary>Reads to the end of the body, which must hold nothing more.</summary>
    public void ExpectEnd()
    {
        while (Next()) { }
    }

    /// <summary>Complains about the current value: its path, then <paramref name="rule"/> ("must be a string").</summary>
    [DoesNotReturn]
    public readonly void Fail(string rule)
    {
        var path = JsonPath.At(_body.Span, _json.TokenStartIndex);
        throw new BridgeException(BridgeError.InvalidRequest($"'{path}' {rule}.", path));
    }

    /// <summary>Complains that the object that ends here lacks <paramref name="name"/>.</summary>
    [DoesNotReturn]
    public readonly void Missing(string name)
    {
        var path = JsonPath.At(_body.Span, _json.TokenStartIndex);
        path = path.Length > 0 ? $"{path}.{name}" : name;
        var error = BridgeError.InvalidRequest($"Missing required parameter: '{path}'.", path) with { Code = "missing_required_parameter" };
        throw new BridgeException(error);
    }

    readonly BridgeException Malformed(JsonException broken)
    {
        var deep = _json.CurrentDepth >= Options.MaxDepth;
        return new BridgeException(BridgeError.InvalidRequest(deep
            ? "The request body is nested more than 64 levels deep."
            : $"The request body is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1})."));
    }
}
