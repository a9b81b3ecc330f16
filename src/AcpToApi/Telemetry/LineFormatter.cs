using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AcpToApi.Telemetry;

/// <summary>Writes one line per log entry, as text or as JSON; the last writer before the terminal, so secrets are taken out here.</summary>
sealed class LineFormatter(Redaction redaction, TimeProvider clock, bool json) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "acptoapi";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (entry.Exception is { } exception) message += " " + exception;
        message = redaction.Clean(message);
        var time = clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        if (json) textWriter.WriteLine(Json(time, entry.LogLevel, entry.EventId.Id, message, entry.State as IReadOnlyList<KeyValuePair<string, object?>>));
        else textWriter.WriteLine($"{time} {Level(entry.LogLevel)} {OnOneLine(message)}");
    }

    // Callers choose model ids and paths; a terminal must not take orders from them.
    static string OnOneLine(string message)
    {
        message = message.ReplaceLineEndings(" | ");
        return message.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && !message.Contains('\u007f', StringComparison.Ordinal)
            ? message
            : string.Create(message.Length, message, (line, text) =>
            {
                for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(text[i]) ? '?' : text[i];
            });
    }

    string Json(string time, LogLevel level, int id, string message, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("time", time);
            writer.WriteString("level", Level(level));
            writer.WriteNumber("event", id);
            writer.WriteString("message", message);
            foreach (var (name, value) in values ?? [])
            {
                if (name == "{OriginalFormat}") continue;
                writer.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
                if (value is int or long) writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                else writer.WriteStringValue(redaction.Clean(value?.ToString() ?? ""));
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
