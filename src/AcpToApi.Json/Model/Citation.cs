namespace AcpToApi.Json.Model;

/// <summary>A source that the answer's text leans on. It lives only during the call; <see cref="KeptCitation"/> is the form that can be kept.</summary>
public readonly ref struct Citation
{
    /// <summary>Where the source is; empty for a document that the client sent.</summary>
    public JsonText Url { get; init; }

    /// <summary>The source's title or file name; may be empty.</summary>
    public JsonText Title { get; init; }

    /// <summary>The words of the source; may be empty.</summary>
    public JsonText Quote { get; init; }

    /// <summary>The first character (code point) of the answer's text that leans on the source.</summary>
    public long Start { get; init; }

    /// <summary>The character after the last one; 0 when the provider does not tell the place.</summary>
    public long End { get; init; }

    /// <summary>The format that <see cref="Json"/> is written in, so that a client of the same dialect has it back unchanged.</summary>
    public WireFormat? Format { get; init; }

    /// <summary>The provider's own JSON; may be empty.</summary>
    public ReadOnlySpan<byte> Json { get; init; }

    /// <summary>A copy that can outlive the buffer.</summary>
    public KeptCitation Keep() => new(Url.Keep(), Title.Keep(), Quote.Keep(), Start, End, Format, Json.ToArray());
}

/// <summary>A <see cref="Citation"/> that is kept.</summary>
public sealed record KeptCitation(JsonString Url, JsonString Title, JsonString Quote, long Start, long End, WireFormat? Format, ReadOnlyMemory<byte> Json)
{
    /// <summary>The citation for one call.</summary>
    public Citation Citation => new() { Url = Url.Text, Title = Title.Text, Quote = Quote.Text, Start = Start, End = End, Format = Format, Json = Json.Span };
}
