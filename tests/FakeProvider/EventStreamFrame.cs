using System.Buffers.Binary;
using System.Text;

namespace FakeProvider;

/// <summary>Writes messages of AWS's binary framing.</summary>
static class EventStreamFrame
{
    /// <summary>One message; <paramref name="kind"/> is event or exception.</summary>
    public static byte[] Bytes(string kind, string type, string json, bool isDamaged)
    {
        byte[] headers = [.. Header($":{kind}-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", kind)];
        var payload = Encoding.UTF8.GetBytes(json);
        byte[] lengths = [.. Number((uint)(16 + headers.Length + payload.Length)), .. Number((uint)headers.Length)];
        byte[] message = [.. lengths, .. Number(Checksum(lengths)), .. headers, .. payload];
        return [.. message, .. Number(Checksum(message) ^ (isDamaged ? 1u : 0u))];
    }

    static byte[] Header(string name, string value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 7, (byte)(value.Length >> 8), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    static byte[] Number(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    static uint Checksum(byte[] bytes)
    {
        var rest = uint.MaxValue;
        foreach (var value in bytes)
        {
            rest ^= value;
            for (var bit = 0; bit < 8; bit++) rest = (rest >> 1) ^ ((rest & 1) * 0xEDB88320);
        }
        return ~rest;
    }
}
