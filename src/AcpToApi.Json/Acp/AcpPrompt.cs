using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>Makes messages of the chat dialect of what the client of an agent says and hears.</summary>
public static class AcpPrompt
{
    /// <summary>Appends the user's message that a prompt is. Throws <see cref="BridgeException"/> when there is something in it that no message can hold.</summary>
    public static void WriteMessage(in JsonRpcMessage request, PooledBuffer output)
    {
        var json = new Utf8JsonReader(request.Params, BodyReader.Options);
        if (!json.Read()) Refuse("'prompt' is missing.");
        output.Write("{\"role\":\"user\",\"content\":["u8);
        var start = output.Length;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isPrompt = json.ValueTextEquals("prompt"u8);
            json.Read();
            if (!isPrompt || json.TokenType != JsonTokenType.StartArray)
            {
                json.Skip();
                continue;
            }
            while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            {
                if (output.Length > start) output.Write((byte)',');
                WriteBlock(Block.Read(ref json), output);
            }
        }
        if (output.Length == start) Refuse("'prompt' is empty.");
        output.Write("]}"u8);
    }

    /// <summary>Appends the assistant's message that an answer was.</summary>
    public static void WriteAnswer(ReadOnlySpan<byte> text, PooledBuffer output)
    {
        output.Write("{\"role\":\"assistant\",\"content\":"u8);
        output.WriteString(JsonText.Plain(text));
        output.Write((byte)'}');
    }

    /// <summary>Appends the request of the chat dialect: the messages so far, and the new one.</summary>
    public static void WriteChat(string model, IReadOnlyList<byte[]> messages, ReadOnlySpan<byte> message, PooledBuffer output)
    {
        output.Write("{\"model\":"u8);
        output.WriteString(model);
        output.Write(",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":["u8);
        foreach (var earlier in messages)
        {
            output.Write(earlier);
            output.Write((byte)',');
        }
        output.Write(message);
        output.Write("]}"u8);
    }

    static void WriteBlock(in Block block, PooledBuffer output)
    {
        if (block.Type.Is("text"u8)) WriteText(default, block.Text, default, output);
        else if (block.Type.Is("image"u8)) WriteData("{\"type\":\"image_url\",\"image_url\":{\"url\":"u8, block.MimeType, block.Data, output);
        else if (block.Type.Is("audio"u8))
        {
            output.Write("{\"type\":\"input_audio\",\"input_audio\":{\"format\":"u8);
            output.WriteString(JsonText.Plain(block.MimeType.ToString().Contains("mp", StringComparison.Ordinal) ? "mp3"u8 : "wav"u8));
            output.Write(",\"data\":"u8);
            output.WriteString(block.Data);
            output.Write("}}"u8);
        }
        else if (block.Type.Is("resource_link"u8)) WriteText("["u8, block.Uri, "]"u8, output);
        else if (!block.Type.Is("resource"u8)) Refuse($"A block of the type '{block.Type.ToString()}' is not known.");
        else if (block.Blob.IsEmpty) WriteResource(block, output);
        else if (block.MimeType.ToString().StartsWith("image/", StringComparison.Ordinal)) WriteData("{\"type\":\"image_url\",\"image_url\":{\"url\":"u8, block.MimeType, block.Blob, output);
        else
        {
            output.Write("{\"type\":\"file\",\"file\":{\"filename\":"u8);
            output.WriteString(block.Uri);
            WriteData(",\"file_data\":"u8, block.MimeType, block.Blob, output);
        }
    }

    // A file of the editor's, with its name around it.
    static void WriteResource(in Block block, PooledBuffer output)
    {
        using var before = new PooledBuffer();
        before.Write("<resource uri=\""u8);
        block.Uri.WriteDecoded(before);
        before.Write("\">\n"u8);
        WriteText(before.Written, block.Text, "\n</resource>"u8, output);
    }

    static void WriteText(ReadOnlySpan<byte> before, JsonText text, ReadOnlySpan<byte> after, PooledBuffer output)
    {
        output.Write("{\"type\":\"text\",\"text\":\""u8);
        JsonText.Plain(before).WriteEscaped(output);
        text.WriteEscaped(output);
        JsonText.Plain(after).WriteEscaped(output);
        output.Write("\"}"u8);
    }

    static void WriteData(ReadOnlySpan<byte> before, JsonText mimeType, JsonText data, PooledBuffer output)
    {
        output.Write(before);
        output.Write("\"data:"u8);
        mimeType.WriteEscaped(output);
        output.Write(";base64,"u8);
        data.WriteEscaped(output);
        output.Write("\"}}"u8);
    }

    static void Refuse(string why) => throw new BridgeException(BridgeError.InvalidRequest(why, "prompt"));

    ref struct Block
    {
        public JsonText Type;
        public JsonText Text;
        public JsonText Data;
        public JsonText Blob;
        public JsonText MimeType;
        public JsonText Uri;

        public static Block Read(scoped ref Utf8JsonReader json)
        {
            var block = default(Block);
            block.Take(ref json);
            return block;
        }

        // What an embedded resource holds stands one level deeper.
        void Take(scoped ref Utf8JsonReader json)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("type"u8)) Type = json.ReadText();
                else if (json.ValueTextEquals("text"u8)) Text = json.ReadText();
                else if (json.ValueTextEquals("data"u8)) Data = json.ReadText();
                else if (json.ValueTextEquals("blob"u8)) Blob = json.ReadText();
                else if (json.ValueTextEquals("mimeType"u8)) MimeType = json.ReadText();
                else if (json.ValueTextEquals("uri"u8)) Uri = json.ReadText();
                else if (json.ValueTextEquals("resource"u8))
                {
                    json.Read();
                    if (json.TokenType == JsonTokenType.StartObject) Take(ref json);
                }
                else json.SkipValue();
            }
        }
    }
}
