namespace FakeProvider;

/// <summary>The clock that stamps tokens; readers in the same process compare with it.</summary>
public static class Clock
{
    public static long UnixMicroseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
