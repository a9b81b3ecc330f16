using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcpToApi.Cli;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Agents.Conversations;

/// <summary>Remembers on disk which session of its agent a conversation is, and never what was said in it: one small file each.</summary>
sealed class ConversationStore(ServerOptions options, EnvironmentVariables environment, ProviderSet providers, TimeProvider clock, ILogger<ConversationStore> logger)
{
    static readonly TimeSpan OldestKept = TimeSpan.FromDays(30);

    readonly string _folder = options.Agents.ConversationStore ?? Path.Combine(environment.StateFolder, "conversations");

    /// <summary>The last used of all that are remembered; all other files are deleted, and what is a month old, whatever is in them.</summary>
    public List<Conversation> ReadAll(int most)
    {
        var all = new List<Conversation>();
        if (!Directory.Exists(_folder)) return all;
        var files = new DirectoryInfo(_folder).GetFiles("*.json");
        Array.Sort(files, (one, other) => other.LastWriteTimeUtc.CompareTo(one.LastWriteTimeUtc));
        foreach (var file in files)
        {
            if (all.Count == most || clock.GetUtcNow() - file.LastWriteTimeUtc > OldestKept) Delete(file.FullName);
            else if (Read(file.FullName) is { } stored) all.Add(stored);
        }
        return all;
    }

    /// <summary>Remembers a conversation as it is now.</summary>
    public void Write(Conversation conversation)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
            else Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var file = FileOf(conversation);
            using (var stream = File.Create(file + ".new"))
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WriteString("id", conversation.Id);
                json.WriteString("owner", conversation.Owner);
                json.WriteString("provider", conversation.Provider.Name);
                json.WriteString("model", conversation.Model);
                json.WriteString("session", conversation.ResumeId);
                json.WriteString("fingerprint", conversation.Fingerprint);
                json.WriteString("setup", conversation.Setup);
                json.WriteNumber("turns", conversation.Turns);
                json.WriteNumber("created", conversation.Created.ToUnixTimeSeconds());
                json.WriteNumber("last_used", conversation.LastUsed.ToUnixTimeSeconds());
                json.WriteEndObject();
            }
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(logger, refused.Message);
        }
    }

    /// <summary>Forgets a conversation.</summary>
    public void Delete(Conversation conversation) => Delete(FileOf(conversation));

    void Delete(string file)
    {
        try
        {
            if (Directory.Exists(_folder)) File.Delete(file);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(logger, refused.Message);
        }
    }

    // Named by a hash: a caller's name for a conversation is no file name.
    string FileOf(Conversation conversation)
    {
        var name = $"{conversation.Owner}\n{conversation.Provider.Name}\n{conversation.Id}";
        return Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)) + ".json");
    }

    Conversation? Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var stored = document.RootElement;
            string? Text(string name) => stored.GetProperty(name).GetString();
            var lastUsed = DateTimeOffset.FromUnixTimeSeconds(stored.GetProperty("last_used").GetInt64());
            if (clock.GetUtcNow() - lastUsed > OldestKept) File.Delete(file);
            else if (providers.Find(Text("provider")!) is { Row.Agent: not null } provider)
            {
                return new Conversation(Text("id")!, Text("owner")!, provider, Text("model")!)
                {
                    ResumeId = Text("session"),
                    Fingerprint = Text("fingerprint"),
                    Setup = Text("setup"),
                    Turns = stored.GetProperty("turns").GetInt32(),
                    Created = DateTimeOffset.FromUnixTimeSeconds(stored.GetProperty("created").GetInt64()),
                    LastUsed = lastUsed,
                };
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            Log.NotStored(logger, unreadable.Message);
        }
        return null;
    }
}
