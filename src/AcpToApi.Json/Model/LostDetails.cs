namespace AcpToApi.Json.Model;

/// <summary>Details of messages, parts and tools that some wire formats have a place for and others have not.</summary>
[Flags]
enum Details
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The name of a message's participant.</summary>
    Participant = 1 << 0,

    /// <summary>Prompt-cache markers.</summary>
    CacheControl = 1 << 1,

    /// <summary>How closely a picture is to be looked at.</summary>
    ImageDetail = 1 << 2,

    /// <summary>The name of a file that is sent as such.</summary>
    FileName = 1 << 3,

    /// <summary>The title of a document that is plain text.</summary>
    TextTitle = 1 << 4,

    /// <summary>Whether a tool's arguments must keep their schema.</summary>
    Strict = 1 << 5,

    /// <summary>What the answer's schema is for.</summary>
    FormatDescription = 1 << 6,

    /// <summary>Whether reasoning is shown.</summary>
    ShownReasoning = 1 << 7,

    /// <summary>All that the client says of a tool.</summary>
    Declarations = 1 << 8,

    /// <summary>What a document is about, and whether it is to be cited.</summary>
    DocumentUse = 1 << 9,

    /// <summary>The form of a tool's free text, such as a grammar.</summary>
    ToolFormat = 1 << 10,
}

/// <summary>Names the details that a client sent and an upstream has no place for.</summary>
static class LostDetails
{
    /// <summary>Names those beyond <paramref name="carried"/>.</summary>
    public static void Name(ChatRequest request, Details carried, IgnoredFields ignored)
    {
        foreach (var name in request.Unread)
        {
            var place = name == Text.CustomTools.Format ? Details.ToolFormat | Details.Declarations
                : name.StartsWith("tools[].", StringComparison.Ordinal) ? Details.Declarations : Details.None;
            if (Lacks(carried, place)) ignored.Add(name);
        }
        foreach (var message in request.Messages)
        {
            // A tool's result is found by its call; the name is only said twice.
            if (Lacks(carried, Details.Participant)) ignored.AddIf(message is { Name.IsEmpty: false, Role: not Role.Tool }, "messages[].name");
            Name(message.Parts, carried, ignored);
        }
        foreach (var tool in request.Tools)
        {
            if (Lacks(carried, Details.CacheControl)) ignored.AddIf(tool.CacheControl is not null, "cache_control");
            if (Lacks(carried, Details.Strict)) ignored.AddIf(tool.Strict == true, "strict");
        }
        if (Lacks(carried, Details.FormatDescription)) ignored.AddIf(request.ResponseFormat?.Description is not null, "response_format.json_schema.description");
        if (Lacks(carried, Details.ShownReasoning)) ignored.AddIf(request.Reasoning?.IsShown == false, "generationConfig.thinkingConfig.includeThoughts");
    }

    static void Name(List<Part> parts, Details carried, IgnoredFields ignored)
    {
        foreach (var part in parts)
        {
            if (Lacks(carried, Details.CacheControl)) ignored.AddIf(part.CacheControl is not null, "cache_control");
            if (part is ToolResultPart result) Name(result.Content, carried, ignored);
            else if (part is MediaPart media) Name(media, carried, ignored);
        }
    }

    static void Name(MediaPart media, Details carried, IgnoredFields ignored)
    {
        if (Lacks(carried, Details.ImageDetail)) ignored.AddIf(media.Detail is { } detail && !detail.Text.Is("auto"u8), "content.detail");
        // Only documents have names on the way out.
        var place = media.Kind != MediaKind.Document ? Details.None : media.PlainText is null ? Details.FileName : Details.TextTitle;
        if (place == Details.None || Lacks(carried, place)) ignored.AddIf(media.Name is { IsEmpty: false }, "content.filename");
        if (!Lacks(carried, Details.DocumentUse)) return;
        ignored.AddIf(media.Context is { IsEmpty: false }, "content.context");
        ignored.AddIf(media.HasCitations, "content.citations");
    }

    static bool Lacks(Details carried, Details one) => (carried & one) == 0;
}
