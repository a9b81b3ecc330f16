using AcpToApi.Json.Mcp;

namespace AcpToApi.Json.OpenCode;

/// <summary>What a part of a message is.</summary>
enum OpenCodeKind
{
    /// <summary>Nothing that is said to a client.</summary>
    Other,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Reasoning.</summary>
    Reasoning,

    /// <summary>A tool that the agent runs itself.</summary>
    Tool,
}

/// <summary>A part of the answer that was heard of: pieces of it come without saying what they are pieces of.</summary>
sealed class OpenCodePart(byte[] id, OpenCodeKind kind)
{
    /// <summary>Its id.</summary>
    public byte[] Id { get; } = id;

    /// <summary>What it is.</summary>
    public OpenCodeKind Kind { get; } = kind;

    /// <summary>How many bytes of its text came.</summary>
    public int Length { get; set; }

    /// <summary>Whether the call that it is was told.</summary>
    public bool IsCalled { get; set; }

    /// <summary>The call, if it is one of the client's tools.</summary>
    public AnnouncedCall? Client { get; set; }

    /// <summary>Whether the call's result, or the counts of the step that it ends, were told.</summary>
    public bool IsOver { get; set; }
}

/// <summary>A message that was heard of.</summary>
sealed class OpenCodeMessage(byte[] id, bool isAnswer)
{
    /// <summary>Its id.</summary>
    public byte[] Id { get; } = id;

    /// <summary>Whether the agent says it to the user: the user's own ones come as events too, and so do the agent's notes to itself.</summary>
    public bool IsAnswer { get; } = isAnswer;

    /// <summary>Whether nothing of it is to come.</summary>
    public bool IsOver { get; set; }
}
