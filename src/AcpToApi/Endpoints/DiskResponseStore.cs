using System.Security.Cryptography;
using AcpToApi.Cli;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>
/// Keeps answers in a folder of its own, which nobody else may read, so that they survive a restart: one file for each, written beside its place
/// and then moved there. A file that is not whole is as good as none.
/// </summary>
sealed class DiskResponseStore : ResponseStore
{
    const string Ending = ".response";
    const string UnfinishedEnding = ".unfinished";
    const int DigestLength = 32;
    static readonly TimeSpan LongestWrite = TimeSpan.FromMinutes(1);
    const int HeadLength = DigestLength + (3 * sizeof(int));
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly Lock _lock = new();
    readonly DirectoryInfo _folder;
    readonly TimeProvider _clock;
    readonly ILogger _logger;

    /// <summary>Opens the folder, which is made if need be. Throws <see cref="StartupException"/> when it cannot be used.</summary>
    public DiskResponseStore(string folder, ServerOptions options, TimeProvider clock, ILogger logger)
        : base(options)
    {
        (_clock, _logger) = (clock, logger);
        try
        {
            _folder = Open(Path.GetFullPath(folder));
            // What a crash left behind, not what another server is writing.
            foreach (var unfinished in _folder.EnumerateFiles("*" + UnfinishedEnding))
            {
                if (_clock.GetUtcNow() - unfinished.LastWriteTimeUtc >= LongestWrite) unfinished.Delete();
            }
            var probe = Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N") + UnfinishedEnding);
            Write(probe, [], [], []);
            File.Delete(probe);
            Trim();
        }
        catch (Exception unusable) when (IsOfFiles(unusable))
        {
            throw new StartupException($"--response-store: answers cannot be kept in '{folder}': {unusable.Message}");
        }
    }

    protected override void Keep(string key, ReadOnlyMemory<byte> answer, ResponseHistory history)
    {
        var unfinished = Path.Combine(_folder.FullName, key + UnfinishedEnding);
        try
        {
            lock (_lock)
            {
                // Somebody may have tidied up.
                if (!Directory.Exists(_folder.FullName)) Open(_folder.FullName);
                Write(unfinished, answer.Span, history.Input.Span, history.Output.Span);
                File.Move(unfinished, FileOf(key), overwrite: true);
                Trim();
            }
        }
        catch (Exception full) when (IsOfFiles(full))
        {
            // The answer itself is fine, and goes out. A part of it would only fill the disk further.
            Log.NotStored(_logger, full.Message);
            TryDelete(unfinished);
        }
    }

    protected override StoredResponse? Find(string key)
    {
        var file = new FileInfo(FileOf(key));
        try
        {
            lock (_lock)
            {
                if (!file.Exists || file.Length > MostBytes) return null;
                if (IsOld(file)) file.Delete();
                else return Read(File.ReadAllBytes(file.FullName), file.LastWriteTimeUtc);
            }
        }
        catch (Exception unreadable) when (IsOfFiles(unreadable))
        {
            Log.NotStored(_logger, unreadable.Message);
        }
        return null;
    }

    protected override void Forget(string key)
    {
        lock (_lock) TryDelete(FileOf(key));
    }

    // .NET calls a file that grows too large for its disk an argument out of range.
    static bool IsOfFiles(Exception thrown) => thrown is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception kept) when (IsOfFiles(kept))
        {
            Log.NotStored(_logger, kept.Message);
        }
    }

    static DirectoryInfo Open(string path)
    {
        const UnixFileMode Private = OwnerOnly | UnixFileMode.UserExecute;
        var folder = new DirectoryInfo(path);
        if (OperatingSystem.IsWindows()) folder.Create();
        else if (!folder.Exists) Directory.CreateDirectory(path, Private);
        else if (folder.UnixFileMode != Private)
        {
            // Closing a folder that others use would lock them out.
            if (folder.EnumerateFileSystemInfos().Any(entry => entry.Extension is not (Ending or UnfinishedEnding))) throw new IOException("it holds other files, and others may read it; name a folder of its own");
            folder.UnixFileMode = Private;
        }
        return folder;
    }

    string FileOf(string key) => Path.Combine(_folder.FullName, key + Ending);

    bool IsOld(FileInfo file) => _clock.GetUtcNow() - file.LastWriteTimeUtc >= Lifetime;

    // The oldest go first, those of an earlier process too.
    void Trim()
    {
        var (count, bytes) = (0, 0L);
        foreach (var file in _folder.EnumerateFiles("*" + Ending).OrderByDescending(file => file.LastWriteTimeUtc))
        {
            // Another server may have deleted it meanwhile.
            if (!file.Exists) continue;
            count++;
            bytes += file.Length - HeadLength;
            if (count > MostAnswers || bytes > MostBytes || IsOld(file)) file.Delete();
        }
    }

    // A digest of all that follows, three lengths, and the three texts.
    static void Write(string path, ReadOnlySpan<byte> answer, ReadOnlySpan<byte> input, ReadOnlySpan<byte> output)
    {
        var bytes = new byte[HeadLength + answer.Length + input.Length + output.Length];
        var rest = bytes.AsSpan(DigestLength);
        foreach (var length in (ReadOnlySpan<int>)[answer.Length, input.Length, output.Length])
        {
            BitConverter.TryWriteBytes(rest, length);
            rest = rest[sizeof(int)..];
        }
        answer.CopyTo(rest);
        input.CopyTo(rest[answer.Length..]);
        output.CopyTo(rest[(answer.Length + input.Length)..]);
        SHA256.HashData(bytes.AsSpan(DigestLength), bytes);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var file = new FileStream(path, options);
        file.Write(bytes);
    }

    static StoredResponse? Read(byte[] bytes, DateTime at)
    {
        if (bytes.Length < HeadLength || !SHA256.HashData(bytes.AsSpan(DigestLength)).AsSpan().SequenceEqual(bytes.AsSpan(0, DigestLength))) return null;
        var rest = bytes.AsMemory(HeadLength);
        var answer = Take(0);
        var input = Take(1);
        return new StoredResponse(answer, new ResponseHistory(input, Take(2)), at);

        ReadOnlyMemory<byte> Take(int index)
        {
            var taken = rest[..BitConverter.ToInt32(bytes, DigestLength + (index * sizeof(int)))];
            rest = rest[taken.Length..];
            return taken;
        }
    }
}
