using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Where the model's name stands in the body of a request that is otherwise not read: JSON, or a multipart form.</summary>
public readonly record struct ModelField
{
    readonly ReadOnlyMemory<byte> _body;
    readonly int _start;
    readonly int _length;
    readonly bool _isJson;

    ModelField(ReadOnlyMemory<byte> body, int start, int length, bool isJson, string? model)
    {
        _body = body;
        _start = start;
        _length = length;
        _isJson = isJson;
        Model = model;
    }

    /// <summary>The name; null when the body has none.</summary>
    public string? Model { get; }

    /// <summary>Finds <c>model</c>, or another field for it, at the top of a JSON object. Throws <see cref="BridgeException"/> (400) when the body is none.</summary>
    public static ModelField InJson(ReadOnlyMemory<byte> body, string field = "model")
    {
        var reader = new BodyReader(body);
        var found = new ModelField(body, 0, 0, isJson: true, model: null);
        while (reader.NextProperty())
        {
            var isModel = reader.Is(field);
            if (!reader.Value() || !isModel)
            {
                reader.Skip();
                continue;
            }
            // Two of them, and the provider may take the one that did not route.
            if (found.Model is not null) reader.Fail("must not appear twice");
            var model = reader.ExpectString();
            if (model.IsEmpty) reader.Fail("must not be empty");
            body.Span.Overlaps(model.Bytes.Span, out var start);
            found = new ModelField(body, start - 1, model.Bytes.Length + 2, isJson: true, model.ToString());
        }
        reader.ExpectEnd();
        return found;
    }

    /// <summary>Finds the form field <c>model</c> of a multipart body (RFC 7578); files in it are not looked at.</summary>
    public static ModelField InForm(ReadOnlyMemory<byte> body, ReadOnlySpan<byte> boundary)
    {
        var bytes = body.Span;
        var at = 0;
        while (bytes[at..].IndexOf(boundary) is >= 0 and var found)
        {
            at += found + boundary.Length;
            var head = bytes[at..].IndexOf("\r\n\r\n"u8);
            if (head < 0) break;
            var start = at + head + 4;
            var length = bytes[start..].IndexOf(boundary) - "\r\n--"u8.Length;
            if (length < 0) break;
            if (IsModelPart(bytes.Slice(at, head))) return new ModelField(body, start, length, isJson: false, JsonText.Plain(bytes.Slice(start, length)).ToString());
            at = start + length;
        }
        return new ModelField(body, 0, 0, isJson: false, model: null);
    }

    /// <summary>Writes the body with only the model's name replaced, or unchanged where it has none.</summary>
    public void WriteWithModel(string model, PooledBuffer output)
    {
        var body = _body.Span;
        output.Write(body[.._start]);
        if (Model is not null && _isJson) output.WriteString(model);
        else if (Model is not null) output.Write(System.Text.Encoding.UTF8.GetBytes(model));
        output.Write(body[(_start + _length)..]);
    }

    static bool IsModelPart(ReadOnlySpan<byte> head)
    {
        if (head.IndexOf("filename="u8) >= 0 || head.IndexOf("name="u8) is not (>= 0 and var at)) return false;
        var name = head[(at + "name=".Length)..];
        if (name.StartsWith("\"model\""u8)) return true;
        // RFC 2183 lets a name without blanks stand without quotes.
        return name.StartsWith("model"u8) && (name.Length == "model".Length || name["model".Length] is (byte)'\r' or (byte)';' or (byte)' ');
    }
}
