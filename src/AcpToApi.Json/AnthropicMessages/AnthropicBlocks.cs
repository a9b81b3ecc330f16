using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>The blocks of a message's <c>content</c>, one after the other.</summary>
ref struct AnthropicBlocks
{
    readonly ReadOnlySpan<byte> _content;
    Utf8JsonReader _json;

    public AnthropicBlocks(ReadOnlySpan<byte> content)
    {
        _content = content;
        _json = new Utf8JsonReader(content.IsEmpty ? "[]"u8 : content);
        _json.Read();
    }

    public AnthropicBlock Current { get; private set; }

    public readonly AnthropicBlocks GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_json.TokenType == JsonTokenType.String) return false;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            var raw = _json.Raw(_content);
            if (raw[0] != (byte)'{') continue;
            Current = AnthropicBlock.Read(raw);
            return true;
        }
        return false;
    }
}
