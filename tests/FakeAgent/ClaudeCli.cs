namespace FakeAgent;

/// <summary>To come.</summary>
static class ClaudeCli
{
    public static Task<int> RunAsync(string[] arguments) => throw new NotSupportedException();
}
