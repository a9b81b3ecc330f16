namespace AcpToApi.Backends;

/// <summary>Something that answers chats.</summary>
interface IBackend
{
    /// <summary>Answers one turn. Failures of the request or the backend are told through the turn's response; only bugs and cancellation throw.</summary>
    Task RunAsync(ChatTurn turn, CancellationToken cancel);
}
