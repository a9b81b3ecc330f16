using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Buffers whose arrays rest without their memory hold what is written to them all the same.</summary>
public class LargeBufferTests
{
    const int Size = 5_000_003;

    [Fact]
    public void What_is_written_stays_however_large_it_gets_and_again_on_used_arrays()
    {
        for (var round = 1; round <= 3; round++)
        {
            using var buffer = new PooledBuffer();
            for (var i = 0; i < Size; i++) buffer.Write((byte)(i * round));
            for (var i = 0; i < Size; i++) Assert.Equal((byte)(i * round), buffer.Written[i]);
        }
    }

    [Fact]
    public void What_is_read_stays_however_large_it_gets()
    {
        for (var round = 1; round <= 3; round++)
        {
            using var input = new InputBuffer();
            for (var i = 0; i < Size;)
            {
                var room = input.Room().Span;
                for (var at = 0; at < room.Length; at++) room[at] = (byte)((i + at) * round);
                input.Received(room.Length);
                i += room.Length;
            }
            for (var i = 0; i < Size; i++) Assert.Equal((byte)(i * round), input.Unread[i]);
        }
    }
}
