namespace AcpToApi.Json.Text;

/// <summary>Reasoning that goes through clients of another dialect than its provider's carries a mark, which nobody but us may see.</summary>
public static class SignatureMarks
{
    /// <summary>What most marks begin with. No base64 holds a colon, so nobody's own signature begins like this; where only base64 is taken, a mark is <c>acptoapi</c> or <c>acptoapr</c> alone.</summary>
    public static ReadOnlySpan<byte> Prefix => "acptoapi:"u8;

    /// <summary>
    /// Whether a client's body may hold marked reasoning (it has changed its model), so that it must be translated even for an upstream of its
    /// own wire format, which would refuse it.
    /// </summary>
    public static bool AreIn(ReadOnlySpan<byte> body) => body.IndexOf("\"acptoap"u8) >= 0;
}
