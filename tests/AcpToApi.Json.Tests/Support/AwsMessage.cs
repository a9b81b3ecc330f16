using System.Buffers.Binary;
using System.Text;

namespace AcpToApi.Json.Tests.Support;

/// <summary>Makes messages of AWS's binary framing, with a checksum of its own making.</summary>
static class AwsMessage
{
    public static byte[] Event(string type, string json) => Of(Headers((":message-type", "event"), (":event-type", type), (":content-type", "application/json")), Encoding.UTF8.GetBytes(json));

    public static byte[] Exception(string type, string json) => Of(Headers((":message-type", "exception"), (":exception-type", type)), Encoding.UTF8.GetBytes(json));

    public static byte[] Error(string code, string message) => Of(Headers((":message-type", "error"), (":error-code", code), (":error-message", message)), []);

    public static byte[] Of(byte[] headers, byte[] payload)
    {
        byte[] message = [.. Prelude((uint)(16 + headers.Length + payload.Length), (uint)headers.Length), .. headers, .. payload];
        return [.. message, .. BigEndian(Checksum(message))];
    }

    public static byte[] Prelude(uint length, uint headersLength)
    {
        byte[] lengths = [.. BigEndian(length), .. BigEndian(headersLength)];
        return [.. lengths, .. BigEndian(Checksum(lengths))];
    }

    /// <summary>A stream of events from lines of "type json"; "!type json" is an exception.</summary>
    public static byte[] Stream(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0).SelectMany(line => line.Split(' ', 2) is [var type, var json] && type[0] != '!' ? Event(type, json) : Exception(line[1..].Split(' ', 2)[0], line.Split(' ', 2)[1]))];

    static byte[] Headers(params (string Name, string Value)[] headers) =>
        [.. headers.SelectMany(header => (byte[])[(byte)header.Name.Length, .. Encoding.ASCII.GetBytes(header.Name), 7, (byte)(header.Value.Length >> 8), (byte)header.Value.Length, .. Encoding.ASCII.GetBytes(header.Value)])];

    // Bit by bit, unlike the product's table.
    static uint Checksum(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }

    static byte[] BigEndian(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
