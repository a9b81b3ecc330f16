using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.Conversations;

/// <summary>
/// Fingerprints of what a conversation says, so that a client which sends its whole history again is recognised without a header. White space,
/// reasoning and the ids of calls do not count, since clients change them on the way; who speaks, texts, media and the names of called tools do.
/// </summary>
sealed class History : IDisposable
{
    readonly List<string> _beginnings = [];
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    Role? _speaker;

    public History(ChatRequest request)
    {
        Setup = SetupOf(request);
        foreach (var message in request.Messages)
        {
            _beginnings.Add(Fingerprint());
            // Instructions are part of the setup.
            if (message.Role == Role.System) continue;
            Speak(message.Role);
            Say(message.Parts);
        }
        _beginnings.Add(Fingerprint());
    }

    /// <summary>The fingerprint of what must stay the same in a conversation: instructions, tools and form of the answer.</summary>
    public string Setup { get; }

    /// <summary>The fingerprint of the first <paramref name="count"/> messages.</summary>
    public string Before(int count) => _beginnings[count];

    /// <summary>The fingerprint of all messages and an answer to them; asked for once, at the end.</summary>
    public string With(ReadOnlySpan<byte> text, IEnumerable<string> calls)
    {
        Speak(Role.Assistant);
        Say(text);
        foreach (var call in calls) SayName(call);
        return Fingerprint();
    }

    public void Dispose() => _hash.Dispose();

    string Fingerprint() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    void Say(List<Part> parts)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    Say(text.Text);
                    break;
                case MediaPart media:
                    Say(media.Data ?? media.Url ?? media.FileId ?? media.PlainText ?? default);
                    break;
                case ToolCallPart call:
                    SayName(call.Name.ToString());
                    break;
                case ToolResultPart result:
                    Say(result.Content);
                    break;
                case OpaquePart opaque:
                    SayName(opaque.Name);
                    break;
            }
        }
    }

    void Speak(Role role)
    {
        if (_speaker == role) return;
        _speaker = role;
        _hash.AppendData([0, (byte)role]);
    }

    void SayName(string name)
    {
        _hash.AppendData([1]);
        _hash.AppendData(Encoding.UTF8.GetBytes(name));
    }

    void Say(JsonString text)
    {
        using var decoded = new PooledBuffer();
        text.Text.WriteDecoded(decoded);
        Say(decoded.Written);
    }

    void Say(ReadOnlySpan<byte> text)
    {
        var dense = ArrayPool<byte>.Shared.Rent(text.Length + 1);
        var length = 0;
        foreach (var b in text)
        {
            if (b > ' ') dense[length++] = b;
        }
        _hash.AppendData(dense.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(dense);
    }

    static string SetupOf(ChatRequest request)
    {
        using var setup = new PooledBuffer();
        foreach (var message in request.Messages)
        {
            if (message.Role != Role.System) continue;
            foreach (var part in message.Parts.OfType<TextPart>()) part.Text.Text.WriteDecoded(setup);
        }
        foreach (var tool in request.Tools)
        {
            setup.Write((byte)0);
            tool.Name.Text.WriteDecoded(setup);
            setup.Write((tool.Schema ?? default).Span);
        }
        setup.Write((byte)1);
        setup.Write((request.ResponseFormat?.Schema ?? default).Span);
        return Convert.ToHexStringLower(SHA256.HashData(setup.Written).AsSpan(0, 16));
    }
}
