using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes a streamed answer as one JSON array, an element for each chunk, for clients that do not ask for <c>alt=sse</c>.</summary>
sealed class GeminiArrayWriter(PooledBuffer output, ResponseContext context) : GeminiStreamWriter(output, context)
{
    bool _some;
    bool _isEnded;

    public override bool Repacks => true;

    // White space may stand between any two tokens.
    public override void Ping() => Output.Write((byte)'\n');

    public override void Pass(ReadOnlySpan<byte> data)
    {
        // What is no object would spoil the whole array.
        if (!data.TrimStart(" \t\r\n"u8).StartsWith("{"u8)) return;
        BeginFrame();
        Output.Write(data);
    }

    public override void EndPassed()
    {
        if (_some) EndStream();
    }

    protected override void BeginFrame()
    {
        Output.Write(_some ? ",\r\n"u8 : "["u8);
        _some = true;
    }

    protected override void EndFrame() { }

    protected override void EndStream()
    {
        if (!_isEnded) Output.Write("]"u8);
        _isEnded = true;
    }
}
