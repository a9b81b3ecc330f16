using System.Net.Sockets;
using System.Text;

namespace AcpToApi.Transport;

/// <summary>
/// What the guard is told through. Nobody waits for a guard that does not listen: it is ended, since it would act on what it missed;
/// without it we go on as well as we can.
/// </summary>
sealed class GuardLine : IDisposable
{
    const int PatienceMs = 500;

    readonly Socket _socket;
    readonly Action _kill;

    /// <summary>A line to a guard that <paramref name="kill"/> ends.</summary>
    public GuardLine(Socket socket, Action kill)
    {
        (_socket, _kill) = (socket, kill);
        _socket.SendTimeout = PatienceMs;
    }

    /// <summary>Tells it; false when it is not there any more.</summary>
    public bool TryTell(string line)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            for (var sent = 0; sent < bytes.Length;) sent += _socket.Send(bytes.AsSpan(sent));
            return true;
        }
        catch (SocketException)
        {
            // First ended, then hung up on: the end of its input would have it end every child on its list.
            _kill();
            Dispose();
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();
}
