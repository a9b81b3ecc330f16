using System.Buffers.Binary;

namespace AcpToApi.Json.Framing;

/// <summary>One header of an AWS event stream message; spans point into the message.</summary>
readonly ref struct AwsEventHeader
{
    const int NameLengthSize = 1;
    const int TypeSize = 1;
    const int LengthSize = 2;

    /// <summary>The header's name (<c>:event-type</c>).</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>The type's number on the wire.</summary>
    public byte Type { get; private init; }

    /// <summary>The value as it stands on the wire, big-endian; empty for the two booleans, whose type tells them.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }

    /// <summary>Takes the first header off <paramref name="rest"/>; false when it is none that the protocol knows.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> rest, out AwsEventHeader header)
    {
        header = default;
        if (rest.IsEmpty || rest.Length < NameLengthSize + rest[0] + TypeSize) return false;
        var name = rest.Slice(NameLengthSize, rest[0]);
        var type = rest[NameLengthSize + name.Length];
        var after = rest[(NameLengthSize + name.Length + TypeSize)..];
        if (SizeOf(type, ref after) is not { } size || size > after.Length) return false;
        header = new AwsEventHeader { Name = name, Type = type, Value = after[..size] };
        rest = after[size..];
        return true;
    }

    static int? SizeOf(byte type, scoped ref ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case 0 or 1: return 0; // true, false
            case 2: return sizeof(sbyte);
            case 3: return sizeof(short);
            case 4: return sizeof(int);
            case 5 or 8: return sizeof(long); // a number, a time in milliseconds
            case 9: return 16; // a UUID
            case 6 or 7 when value.Length >= LengthSize: // bytes, text
                var length = BinaryPrimitives.ReadUInt16BigEndian(value);
                value = value[LengthSize..];
                return length;
            default: return null;
        }
    }
}
