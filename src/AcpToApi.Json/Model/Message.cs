namespace AcpToApi.Json.Model;

/// <summary>Who speaks.</summary>
public enum Role
{
    /// <summary>Instructions; may stand anywhere in a conversation.</summary>
    System,

    /// <summary>The user.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,

    /// <summary>Results of tool calls: holds <see cref="ToolResultPart"/>s only.</summary>
    Tool,
}

/// <summary>One turn of the conversation.</summary>
public sealed class Message(Role role)
{
    /// <summary>Who speaks.</summary>
    public Role Role { get; } = role;

    /// <summary>The name of the participant, where the dialect has one.</summary>
    public JsonString? Name { get; init; }

    /// <summary>What is said, in order.</summary>
    public List<Part> Parts { get; } = [];

    /// <summary>A turn that is one text.</summary>
    public static Message Of(Role role, JsonString text)
    {
        var message = new Message(role);
        message.Parts.Add(new TextPart(text));
        return message;
    }
}
