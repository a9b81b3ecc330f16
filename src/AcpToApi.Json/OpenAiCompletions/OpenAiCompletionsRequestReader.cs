using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiCompletions;

/// <summary>Reads the body of <c>POST /v1/completions</c> into one chat for each choice: <c>n</c> for each prompt.</summary>
sealed class OpenAiCompletionsRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    /// <summary>The field of <see cref="ChatRequest.Echo"/> that holds a prompt which the answer is to begin with.</summary>
    public const string EchoedPrompt = "prompt";

    readonly ChatRequest _request = new() { Body = body, Format = format, IncludeUsage = false };
    readonly List<JsonString> _prompts = [];

    /// <summary>Reads it; the first chat tells what is to be echoed of all. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public List<ChatRequest> Read()
    {
        var reader = new BodyReader(body);
        bool hasModel = false, isEchoed = false;
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                _request.Model = reader.ExpectString();
                if (_request.Model.IsEmpty) reader.Fail("must not be empty");
                hasModel = true;
            }
            else if (reader.Is("prompt"u8)) ReadPrompts(ref reader);
            else if (reader.Is("max_tokens"u8)) _request.Sampling.MaxOutputTokens = reader.ReadWhole();
            else if (reader.Is("echo"u8)) isEchoed = reader.ReadBool() ?? false;
            else if (reader.Is("stream"u8)) _request.Stream = reader.ReadBool() ?? false;
            else if (reader.Is("stream_options"u8)) OpenAiChatSamplingReader.ReadStreamOptions(ref reader, _request);
            else if (reader.Is("user"u8)) _request.User = reader.ReadString();
            else if (!OpenAiChatSamplingReader.TryRead(ref reader, _request.Sampling)) KeepExtra(ref reader);
        }
        if (!hasModel) reader.Missing("model");
        if (_prompts.Count == 0) reader.Missing("prompt");
        reader.ExpectEnd();
        CheckLimit(isEchoed);
        return Choices(isEchoed);
    }

    // Who wants nothing but the prompt back gets the least that a chat can answer beside it.
    void CheckLimit(bool isEchoed)
    {
        var sampling = _request.Sampling;
        if (sampling.MaxOutputTokens is null or >= 1) return;
        if (!isEchoed || sampling.MaxOutputTokens < 0) throw new BridgeException(BridgeError.InvalidRequest("'max_tokens' must be at least 1.", "max_tokens"));
        sampling.MaxOutputTokens = 1;
        _request.Unread.Add("max_tokens");
    }

    void ReadPrompts(ref BodyReader reader)
    {
        reader.Next();
        if (reader.Token == JsonTokenType.String)
        {
            _prompts.Add(reader.ExpectString());
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of strings");
        while (reader.NextElement())
        {
            if (reader.Token is JsonTokenType.Number or JsonTokenType.StartArray) reader.Fail("is a prompt in tokens, which a chat model cannot read; send it as text");
            _prompts.Add(reader.ExpectString());
        }
        if (_prompts.Count == 0) reader.Fail("must hold at least one prompt");
    }

    List<ChatRequest> Choices(bool areEchoed)
    {
        var each = _request.Sampling.Count;
        if (each > OpenAiChatFormat.MostChoices || each * _prompts.Count > OpenAiChatFormat.MostChoices)
        {
            throw new BridgeException(BridgeError.InvalidRequest($"'prompt' and 'n' ask for more than {OpenAiChatFormat.MostChoices} choices; send fewer prompts at once.", "prompt"));
        }
        _request.Sampling.Count = 1;
        var choices = new List<ChatRequest>();
        foreach (var prompt in _prompts)
        {
            for (var i = 0; i < each; i++) choices.Add(_request.About(prompt));
        }
        if (!areEchoed) return choices;
        foreach (var choice in choices) choices[0].Echo.Add(new ExtraField(EchoedPrompt, ((TextPart)choice.Messages[0].Parts[0]).Text.Bytes));
        return choices;
    }

    // suffix, logprobs, best_of, logit_bias, and whatever is to come.
    void KeepExtra(ref BodyReader reader)
    {
        var name = reader.Name();
        if (!reader.Value()) return;
        var value = reader.Raw();
        // The best of one is that one.
        if (name != "best_of" || !value.Span.SequenceEqual("1"u8)) _request.Extras.Add(new ExtraField(name, value));
    }
}
