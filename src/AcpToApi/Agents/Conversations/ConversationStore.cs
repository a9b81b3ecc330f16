using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AcpToApi.Cli;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Agents.Conversations;

/// <summary>Remembers on disk which session of its agent a conversation is, and never what was said in it: one small file each.</summary>
sealed class ConversationStore(ServerOptions options, EnvironmentVariables environment, ProviderSet providers, TimeProvider clock, ILogger<ConversationStore> logger)
{
    static readonly TimeSpan OldestKept = TimeSpan.FromDays(30);

    readonly string _folder = options.Agents.ConversationStore ?? Path.Combine(environment.StateFolder, "conversations");

    /// <summary>All that are remembered; what cannot be read is not, and what is a month old is deleted.</summary>
    public IEnumerable<Conversation> ReadAll()
    {
        if (!Directory.Exists(_folder)) yield break;
        foreach (var file in Directory.GetFiles(_folder, "*.json"))
        {
            if (Read(file) is { } stored && providers.Find(stored.Provider) is { Row.Agent: not null } provider)
            {
                yield return new Conversation(stored.Id, stored.Owner, provider, stored.Model)
                {
                    ResumeId = stored.Session,
                    Fingerprint = stored.Fingerprint,
                    Setup = stored.Setup,
                    Turns = stored.Turns,
                    Created = stored.Created,
                    LastUsed = stored.LastUsed,
                };
            }
        }
    }

    /// <summary>Remembers a conversation as it is now.</summary>
    public void Write(Conversation conversation)
    {
        var stored = new StoredConversation(
            conversation.Id, conversation.Owner, conversation.Provider.Name, conversation.Model, conversation.ResumeId!, conversation.Fingerprint, conversation.Setup,
            conversation.Turns, conversation.Created, conversation.LastUsed);
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
            else Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var file = FileOf(conversation);
            File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(stored, ConversationJsonContext.Default.StoredConversation));
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(logger, refused.Message);
        }
    }

    /// <summary>Forgets a conversation.</summary>
    public void Delete(Conversation conversation)
    {
        if (Directory.Exists(_folder)) File.Delete(FileOf(conversation));
    }

    // Named by a hash: a caller's name for a conversation is no file name.
    string FileOf(Conversation conversation)
    {
        var name = $"{conversation.Owner}\n{conversation.Provider.Name}\n{conversation.Id}";
        return Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)) + ".json");
    }

    StoredConversation? Read(string file)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(File.ReadAllBytes(file), ConversationJsonContext.Default.StoredConversation);
            if (stored is null || clock.GetUtcNow() - stored.LastUsed < OldestKept) return stored;
            File.Delete(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            Log.NotStored(logger, unreadable.Message);
        }
        return null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredConversation))]
sealed partial class ConversationJsonContext : JsonSerializerContext;

/// <summary>What a file holds.</summary>
sealed record StoredConversation(
    string Id, string Owner, string Provider, string Model, string Session, string? Fingerprint, string? Setup, int Turns, DateTimeOffset Created, DateTimeOffset LastUsed);
