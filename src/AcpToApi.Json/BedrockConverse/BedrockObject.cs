using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Commas between the fields of an object that is open.</summary>
static class BedrockObject
{
    /// <summary>Appends the start of a field, and a comma before it if the object holds anything.</summary>
    public static void Begin(ReadOnlySpan<byte> field, PooledBuffer output)
    {
        if (output.Written[^1] is not ((byte)'{' or (byte)'[')) output.Write((byte)',');
        output.Write(field);
    }
}
