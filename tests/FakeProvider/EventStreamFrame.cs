using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>A message of AWS's binary framing: <paramref name="Kind"/> is event or exception. <paramref name="IsDamaged"/>: its checksum is wrong.</summary>
sealed record EventStreamFrame(string Type, string Json, string Kind = "event", bool IsToken = false, bool IsDamaged = false) : Frame(Type, Json, IsToken)
{
    public static EventStreamFrame Of(string type, JsonObject data, bool isToken = false)
    {
        // Bedrock pads its events, so that their length tells nothing.
        data["p"] = "abcdefghijk"[..(type.Length % 11)];
        return new(type, data.ToJsonString(), IsToken: isToken);
    }

    public override byte[] Bytes(string newLine)
    {
        byte[] headers = [.. Header($":{Kind}-type", Event!), .. Header(":content-type", "application/json"), .. Header(":message-type", Kind)];
        var payload = Encoding.UTF8.GetBytes(Data);
        byte[] lengths = [.. Number((uint)(16 + headers.Length + payload.Length)), .. Number((uint)headers.Length)];
        byte[] message = [.. lengths, .. Number(Checksum(lengths)), .. headers, .. payload];
        return [.. message, .. Number(Checksum(message) ^ (IsDamaged ? 1u : 0u))];
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
