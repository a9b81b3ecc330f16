using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AcpToApi.Hosting;

/// <summary>
/// How much the system takes from us for a client that does not read. Its send buffers grow to megabytes, which would be pulled from the provider;
/// what is on its way is not limited by this, so that a distant client loses no speed.
/// </summary>
static class Backpressure
{
    const int Unsent = 512 * 1024;
    const int TcpLevel = 6;

    // TCP_NOTSENT_LOWAT, which accepted connections inherit; Windows has none.
    static readonly int? Option = OperatingSystem.IsLinux() ? 25 : OperatingSystem.IsMacOS() ? 0x201 : null;

    /// <summary>Makes the sockets that are listened on so.</summary>
    public static void Configure(SocketTransportOptions sockets) => sockets.CreateBoundListenSocket = Listen;

    static Socket Listen(EndPoint place)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(place);
        try
        {
            if (Option is { } option && place is IPEndPoint) socket.SetRawSocketOption(TcpLevel, option, BitConverter.GetBytes(Unsent));
        }
        catch (SocketException)
        {
            // A system without it (a sandbox) serves as well as it can.
        }
        return socket;
    }
}
