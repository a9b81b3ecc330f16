namespace AcpToApi.Cli;

/// <summary>A mistake in how the server was started: one helpful line for the user, exit code 2.</summary>
sealed class StartupException(string message) : Exception(message);
