namespace AcpToApi.Telemetry;

/// <summary>Everything that is logged; never bodies or keys. Event ids: 100 requests, 200 providers, 300 the server, 900 bugs.</summary>
static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "{Method} {Path} {Status} model={Model} backend={Backend} first={FirstTokenMs}ms total={TotalMs}ms in={InputTokens} out={OutputTokens}{Note}")]
    public static partial void Request(
        ILogger logger, string method, string path, int status, string model, string backend, long firstTokenMs, long totalMs, long inputTokens, long outputTokens, string note);

    [LoggerMessage(201, LogLevel.Warning, "The model list of {Provider} is not available: {Reason}")]
    public static partial void NoModelList(ILogger logger, string provider, string reason);

    [LoggerMessage(301, LogLevel.Warning, "A stored response could not be written or read: {Reason}")]
    public static partial void NotStored(ILogger logger, string reason);

    [LoggerMessage(300, LogLevel.Debug, "Stopped; {AllocatedBytes} bytes were allocated in all")]
    public static partial void Stopped(ILogger logger, long allocatedBytes);

    [LoggerMessage(900, LogLevel.Error, "A bug: {Method} {Path}")]
    public static partial void Bug(ILogger logger, Exception exception, string method, string path);
}
