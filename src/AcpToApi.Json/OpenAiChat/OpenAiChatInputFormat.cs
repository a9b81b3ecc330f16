using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// What some editors send to <c>/v1/chat/completions</c>: a body for <c>/v1/responses</c>, with <c>input</c> in place of <c>messages</c>. They expect
/// the answer of a chat. A dialect only.
/// </summary>
sealed class OpenAiChatInputFormat : OpenAiChatFormat
{
    public override string Name => "chat-input";

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body)
    {
        var request = OpenAiResponses.ReadRequest(body);
        return request.PreviousResponseId is null
            ? request
            : throw new BridgeException(BridgeError.InvalidRequest("'previous_response_id' is known to POST /v1/responses only; send the whole conversation here.", "previous_response_id"));
    }
}
