namespace AcpToApi.Hosting;

/// <summary>One endpoint: a method, a path, and who answers.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path; one that ends in <c>*</c> takes any rest, which may hold slashes and colons (model ids do).</param>
/// <param name="Handle">The endpoint; its second argument is the rest of the path, decoded.</param>
sealed record Route(string Method, string Path, Func<HttpContext, string, Task> Handle)
{
    /// <summary>Whether a key is needed where one is set.</summary>
    public bool NeedsKey { get; init; } = true;

    /// <summary>Whether the path is this route's, and the rest that its <c>*</c> stands for.</summary>
    public bool Matches(string path, out string rest)
    {
        rest = "";
        if (!Path.EndsWith('*')) return path.Equals(Path, StringComparison.Ordinal);
        if (!path.StartsWith(Path[..^1], StringComparison.Ordinal) || path.Length < Path.Length) return false;
        rest = Uri.UnescapeDataString(path[(Path.Length - 1)..]);
        return true;
    }
}
