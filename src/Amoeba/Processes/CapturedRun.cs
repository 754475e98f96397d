namespace Amoeba.Processes;

/// <summary>What a short helper program wrote, and how it ended.</summary>
/// <param name="Exit">Its end.</param>
/// <param name="Stdout">At most the bytes asked for; <see cref="ProgramExit.OutputRefused"/>
/// says that there were more.</param>
/// <param name="Stderr">Likewise.</param>
/// <param name="TimedOut">It was ended because its time was over.</param>
internal sealed record CapturedRun(ProgramExit Exit, byte[] Stdout, byte[] Stderr, bool TimedOut);

/// <summary>Runs a program to its end and keeps what it writes in memory: for small helpers such as git.</summary>
internal static class ProgramCapture
{
    /// <summary>
    /// Runs it. On the time limit, or when cancelled, its tree is killed; cancelling throws, a failed start is a value.
    /// </summary>
    internal static async Task<(CapturedRun? Run, StartFailure? Failure)> CaptureAsync(
        this ProgramLauncher launcher, ProgramStart start, int mostBytes, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var sink = new Sink(mostBytes);
        var (program, failure) = launcher.Start(start, sink);
        if (program is null) return (null, failure);
        using var limit = launcher.TimeLimit(timeout);
        using var onLimit = limit.Token.Register(program.Kill);
        using var onCancel = cancel.Register(program.Kill);
        var exit = await program.Completion;
        cancel.ThrowIfCancellationRequested();
        // The limit may pass between its end and now.
        return (new CapturedRun(exit, sink.Stdout.ToArray(),
            sink.Stderr.ToArray(), exit.Code is null && limit.IsCancellationRequested), null);
    }

    private sealed class Sink(int mostBytes) : IProgramOutput
    {
        internal MemoryStream Stdout { get; } = new();

        internal MemoryStream Stderr { get; } = new();

        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            var into = stream == ProgramStream.Stdout ? Stdout : Stderr;
            var room = mostBytes - (int)into.Length;
            into.Write(bytes[..Math.Min(room, bytes.Length)]);
            return bytes.Length <= room;
        }

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
