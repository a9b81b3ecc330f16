namespace FakeAgent;

/// <summary>To come.</summary>
static class OpenCodeServe
{
    public static Task<int> RunAsync(string name, string[] arguments) => throw new NotSupportedException();
}
