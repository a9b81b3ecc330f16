using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What a client answers to <c>terminal/*</c>, each one line without its end. An exit code below zero is minus the number of a signal.</summary>
public static class AcpTerminalReplies
{
    /// <summary>Answers <c>terminal/create</c>.</summary>
    public static void Created(ReadOnlySpan<byte> id, string terminalId, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"terminalId\":"u8);
        output.WriteString(terminalId);
        output.Write("}}"u8);
    }

    /// <summary>Answers <c>terminal/output</c>; without an exit code the command still runs.</summary>
    public static void Output(ReadOnlySpan<byte> id, string said, bool truncated, int? exitCode, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":{\"output\":"u8);
        output.WriteString(said);
        output.Write(",\"truncated\":"u8);
        output.WriteBool(truncated);
        if (exitCode is { } code)
        {
            output.Write(",\"exitStatus\":"u8);
            WriteStatus(code, output);
        }
        output.Write("}}"u8);
    }

    /// <summary>Answers <c>terminal/wait_for_exit</c>.</summary>
    public static void Exited(ReadOnlySpan<byte> id, int exitCode, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"result\":"u8);
        WriteStatus(exitCode, output);
        output.Write((byte)'}');
    }

    static void WriteStatus(int exitCode, PooledBuffer output)
    {
        output.Write("{\"exitCode\":"u8);
        if (exitCode >= 0) output.Write(exitCode);
        else output.Write("null"u8);
        output.Write(",\"signal\":"u8);
        output.WriteString(exitCode < 0 ? SignalName(-exitCode) : null);
        output.Write((byte)'}');
    }

    // By name those that have the same number everywhere (POSIX, kill).
    static string SignalName(int signal)
    {
        var names = "HUP INT QUIT ILL TRAP ABRT 7 FPE KILL 10 SEGV 12 PIPE ALRM TERM".Split(' ');
        return signal <= names.Length ? "SIG" + names[signal - 1] : $"SIG{signal}";
    }
}
