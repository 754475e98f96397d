namespace Amoeba.Cli;

/// <summary>The command line, or what it names, cannot be used as it is: exit 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
