namespace AcpToApi.Json.Model;

/// <summary>What of a request the target could not carry: the client is told in <c>x-acptoapi-ignored</c>.</summary>
public sealed class IgnoredFields
{
    readonly List<string> _names = [];
    WireFormat? _dialect;

    /// <summary>Whether everything was carried.</summary>
    public bool IsEmpty => _names.Count == 0;

    /// <summary>From now on names of the chat dialect become those of the client's own.</summary>
    public void NameAs(WireFormat dialect) => _dialect = dialect;

    /// <summary>Notes a field by the name that the client used, or by the chat dialect's; once.</summary>
    public void Add(string name)
    {
        name = _dialect?.FieldName(name) ?? name;
        if (!_names.Contains(name)) _names.Add(name);
    }

    /// <summary>Notes a field when it was sent.</summary>
    public void AddIf(bool sent, string name)
    {
        if (sent) Add(name);
    }

    /// <summary>The header's value: names separated by commas.</summary>
    public override string ToString() => string.Join(", ", _names);
}
