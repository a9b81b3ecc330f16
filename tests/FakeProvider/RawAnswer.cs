using System.Text;

namespace FakeProvider;

/// <summary>A whole answer for a raw script. The connection is closed after it, so it says so: else the next request might be sent into the close.</summary>
public static class RawAnswer
{
    public static byte[] Of(int status, string body, string type = "application/json", string headers = "") => Of(status, Encoding.UTF8.GetBytes(body), type, headers);

    public static byte[] Of(int status, byte[] body, string type, string headers = "") =>
        [.. Encoding.UTF8.GetBytes($"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\n{headers}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
}
