using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary><c>POST /v1/embeddings</c>.</summary>
sealed class OpenAiEmbeddingDialect : EmbeddingDialect
{
    public override WireFormat Family => WireFormat.OpenAiChat;

    public override string? PassedTo(EmbeddingForm form) => form == EmbeddingForm.OpenAi ? form.Path : null;

    public override EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body)
    {
        var request = new EmbeddingRequest(this, "input");
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                request.Model = reader.ExpectString();
            }
            else if (reader.Is("input"u8)) ReadInput(ref reader, request);
            else if (reader.Is("dimensions"u8)) request.Dimensions = reader.ReadWhole();
            else if (reader.Is("encoding_format"u8)) request.WantsBase64 = ReadEncoding(ref reader);
            else if (reader.Is("user"u8)) request.User = reader.ReadString();
            else ReadOther(ref reader, request);
        }
        if (request.Inputs.Count == 0) reader.Missing("input");
        reader.ExpectEnd();
        return request;
    }

    public override void WriteResponse(EmbeddingRequest request, EmbeddingResult result, PooledBuffer output)
    {
        output.Write("{\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < result.Vectors.Count; i++)
        {
            output.Write(i == 0 ? "{\"object\":\"embedding\",\"index\":"u8 : ",{\"object\":\"embedding\",\"index\":"u8);
            output.Write(i);
            output.Write(",\"embedding\":"u8);
            if (request.WantsBase64) EmbeddingVector.WriteBase64(result.Vectors[i].Span, output);
            else EmbeddingVector.WriteNumbers(result.Vectors[i].Span, output);
            output.Write((byte)'}');
        }
        output.Write("],\"model\":"u8);
        output.WriteString((result.Model.IsEmpty ? request.Model : result.Model).Text);
        output.Write(",\"usage\":{\"prompt_tokens\":"u8);
        output.Write(result.InputTokens ?? 0);
        output.Write(",\"total_tokens\":"u8);
        output.Write(result.InputTokens ?? 0);
        output.Write("}}"u8);
    }

    // One text, several, one array of tokens, or several.
    static void ReadInput(ref BodyReader reader, EmbeddingRequest request)
    {
        const string Rule = "must be a string, an array of strings, or token arrays";
        reader.Next();
        if (reader.Token == JsonTokenType.String)
        {
            request.Inputs.Add(reader.ExpectString());
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail(Rule);
        var whole = reader.Mark();
        while (reader.NextElement())
        {
            if (reader.Token == JsonTokenType.String && !request.AreTokens) request.Inputs.Add(reader.ExpectString());
            else if (reader.Token == JsonTokenType.StartArray && (request.AreTokens || request.Inputs.Count == 0))
            {
                request.AreTokens = true;
                request.Inputs.Add(new JsonString(Tokens(ref reader), IsEscaped: false));
            }
            else if (reader.Token == JsonTokenType.Number && request.Inputs.Count == 0)
            {
                request.AreTokens = true;
                request.Inputs.Add(new JsonString(Tokens(ref whole), IsEscaped: false));
                reader = whole;
                return;
            }
            else reader.Fail(Rule);
        }
        if (request.Inputs.Count == 0) reader.Fail("must hold at least one input");
    }

    static ReadOnlyMemory<byte> Tokens(ref BodyReader reader)
    {
        var checking = reader.Mark();
        while (checking.NextElement()) checking.ExpectWhole();
        return reader.Raw();
    }

    static bool ReadEncoding(ref BodyReader reader)
    {
        if (!reader.Value()) return false;
        var encoding = reader.ExpectString().ToString();
        if (encoding is not ("float" or "base64")) reader.Fail("must be one of: 'float', 'base64'");
        return encoding == "base64";
    }

    // Words of other providers that clients send in this form too.
    static void ReadOther(ref BodyReader reader, EmbeddingRequest request)
    {
        var name = reader.Name();
        var isTask = EmbeddingTasks.IsField(name);
        if (!reader.Value()) return;
        if (isTask && reader.Token == JsonTokenType.String) request.Task = EmbeddingTasks.Of(reader.ExpectString());
        request.Extras.Add(new ExtraField(name, reader.Raw()));
    }
}
