using System.Diagnostics;

namespace AcpToApi.Tests.Support;

/// <summary>Waits for what happens in its own time.</summary>
public static class Eventually
{
    public static async Task TrueAsync(Func<bool> isTrue, string what, double seconds = 10)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isTrue())
        {
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > seconds) Assert.Fail($"not within {seconds} s: {what}");
            await Task.Delay(10);
        }
    }
}
