namespace Amoeba.Sources;

/// <summary>Runs the program of `each: { command: [...] }`, without a shell.</summary>
internal interface ICommandLines
{
    /// <summary>The lines of its standard output, without their ends, as they appear.</summary>
    /// <exception cref="CommandFailedException">It ended badly; thrown after its last line.</exception>
    IAsyncEnumerable<string> ReadAsync(IReadOnlyList<string> arguments, string folder, CancellationToken cancel);
}

/// <summary>A program that lists items ended badly.</summary>
/// <param name="how">Such as `exit 3`.</param>
/// <param name="errorTail">The end of its standard error.</param>
internal sealed class CommandFailedException(string how, string errorTail) : Exception($"{how}: {errorTail}")
{
    public string How => how;

    public string ErrorTail => errorTail;
}
