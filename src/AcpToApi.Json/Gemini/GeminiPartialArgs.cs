using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Arguments that come in pieces, each with the JSON path of the value that it is, or goes on with. Paths may come in any order, so the object
/// can be written only when all of them are there.
/// </summary>
sealed class GeminiPartialArgs
{
    // Far beyond any real call; a hostile index must not make a hostile allocation.
    const int MostItems = 65536;
    const int MostSteps = 64;

    Node _root = new();

    enum Kind
    {
        Unknown,
        Text,
        Literal,
        Object,
        Array,
    }

    /// <summary>Whether nothing has come.</summary>
    public bool IsEmpty => _root.Kind == Kind.Unknown;

    /// <summary>Takes a <c>partialArgs</c> array. Throws JsonException for what is none.</summary>
    public void Add(ReadOnlySpan<byte> partialArgs)
    {
        var reader = new Utf8JsonReader(partialArgs, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            AddPiece(ref reader, partialArgs);
        }
    }

    /// <summary>Appends the object.</summary>
    public void Write(PooledBuffer output) => Write(_root, output);

    /// <summary>Forgets what came.</summary>
    public void Clear() => _root = new Node();

    void AddPiece(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        string? path = null;
        JsonText text = default;
        ReadOnlySpan<byte> literal = default;
        var isText = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("jsonPath"u8)) path = reader.ReadText().ToString();
            else if (reader.ValueTextEquals("stringValue"u8))
            {
                text = reader.ReadText();
                isText = true;
            }
            else if (reader.ValueTextEquals("numberValue"u8) || reader.ValueTextEquals("boolValue"u8)) literal = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("nullValue"u8))
            {
                reader.SkipValue();
                literal = "null"u8;
            }
            else reader.SkipValue();
        }
        if (path is null || (!isText && literal.IsEmpty)) return;
        var node = Find(path);
        if (isText)
        {
            Become(node, Kind.Text);
            using var escaped = new PooledBuffer();
            text.WriteEscaped(escaped);
            node.Text.AddRange(escaped.Written);
            return;
        }
        Become(node, Kind.Literal);
        node.Text.Clear();
        node.Text.AddRange(literal);
    }

    // RFC 9535 in so far as it names one place: $.name['name'][0].
    Node Find(string path)
    {
        var node = _root;
        var rest = path.AsSpan();
        if (!rest.StartsWith("$")) throw new JsonException();
        rest = rest[1..];
        for (var steps = 0; !rest.IsEmpty; steps++)
        {
            if (steps == MostSteps) throw new JsonException();
            if (rest[0] == '.')
            {
                rest = rest[1..];
                var end = rest.IndexOfAny('.', '[');
                var name = end < 0 ? rest : rest[..end];
                rest = rest[name.Length..];
                node = Member(node, name.ToString());
                continue;
            }
            var close = rest[0] == '[' ? CloseOf(rest) : -1;
            if (close < 0) throw new JsonException();
            var inside = rest[1..close];
            rest = rest[(close + 1)..];
            if (inside.Length >= 2 && inside[0] is '\'' or '"') node = Member(node, inside[1..^1].ToString());
            else if (int.TryParse(inside, out var index) && index is >= 0 and < MostItems) node = Item(node, index);
            else throw new JsonException();
        }
        return node;
    }

    static int CloseOf(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2 || rest[1] is not ('\'' or '"')) return rest.IndexOf(']');
        var quote = rest[2..].IndexOf(rest[1]);
        return quote >= 0 && quote + 3 < rest.Length && rest[quote + 3] == ']' ? quote + 3 : -1;
    }

    static Node Member(Node node, string name)
    {
        Become(node, Kind.Object);
        foreach (var (known, child) in node.Children)
        {
            if (known == name) return child;
        }
        node.Children.Add((name, new Node()));
        return node.Children[^1].Child;
    }

    static Node Item(Node node, int index)
    {
        Become(node, Kind.Array);
        while (node.Children.Count <= index) node.Children.Add(("", new Node()));
        return node.Children[index].Child;
    }

    static void Become(Node node, Kind kind)
    {
        if (node.Kind != Kind.Unknown && node.Kind != kind) throw new JsonException();
        node.Kind = kind;
    }

    static void Write(Node node, PooledBuffer output)
    {
        switch (node.Kind)
        {
            case Kind.Text:
                output.WriteString(JsonText.Escaped(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(node.Text)));
                break;
            case Kind.Literal:
                output.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(node.Text));
                break;
            case Kind.Object or Kind.Array:
                WriteChildren(node, output);
                break;
            default:
                output.Write("null"u8);
                break;
        }
    }

    static void WriteChildren(Node node, PooledBuffer output)
    {
        var isObject = node.Kind == Kind.Object;
        output.Write(isObject ? (byte)'{' : (byte)'[');
        for (var i = 0; i < node.Children.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            var (name, child) = node.Children[i];
            if (isObject)
            {
                output.WriteString(name);
                output.Write((byte)':');
            }
            Write(child, output);
        }
        output.Write(isObject ? (byte)'}' : (byte)']');
    }

    sealed class Node
    {
        public Kind Kind { get; set; }

        public List<byte> Text { get; } = [];

        public List<(string Name, Node Child)> Children { get; } = [];
    }
}
