using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

sealed class OpenAiChatRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    public ChatRequest Read() => new() { Body = body, Format = format };
}
