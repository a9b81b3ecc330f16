namespace AcpToApi.Json.Tests.Support;

/// <summary>Counts what a piece of work allocates on this thread.</summary>
static class Allocation
{
    const int Rounds = 5;

    /// <summary>
    /// The least of several rounds, in bytes. A collection that another test's thread causes takes away the rest of this thread's allocation
    /// buffer, which the runtime then counts as allocated; what the work itself allocates comes in every round.
    /// </summary>
    public static long Least(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
