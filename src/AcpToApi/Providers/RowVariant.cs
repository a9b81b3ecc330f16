using AcpToApi.Cli;

namespace AcpToApi.Providers;

/// <summary>A row that looks otherwise when a variable is set: at another place, or with other paths.</summary>
/// <param name="Variables">The variable, by any of its names; the first that is set counts.</param>
/// <param name="Apply">The row for a value of letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</param>
sealed record RowVariant(IReadOnlyList<string> Variables, Func<ProviderRow, string, ProviderRow> Apply)
{
    /// <summary>The row as the environment wants it. Throws <see cref="StartupException"/> for a value that could change more than it should.</summary>
    public ProviderRow Of(ProviderRow row, Credentials credentials)
    {
        foreach (var variable in Variables)
        {
            if (credentials.Variable(variable) is not { Length: > 0 } value) continue;
            // It becomes part of a URL, and may come from the untrusted .env.
            foreach (var c in value)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) throw new StartupException($"{variable}: '{value}' must consist of letters, digits, '.', '_' and '-'.");
            }
            return Apply(row, value);
        }
        return row;
    }
}
