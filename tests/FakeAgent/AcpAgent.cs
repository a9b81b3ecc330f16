namespace FakeAgent;

/// <summary>To come.</summary>
static class AcpAgent
{
    public static Task<int> RunAsync(string[] arguments) => throw new NotSupportedException();
}
