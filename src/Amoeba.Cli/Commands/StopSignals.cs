using System.Runtime.InteropServices;

namespace Amoeba.Cli.Commands;

/// <summary>
/// Ctrl-C and its kin, counted: the first asks to stop gracefully, the second to stop now. While an instance lives,
/// none of them ends the process by itself; where the process ends with its command, nor does one while it closes down,
/// so that what was promised is written and the exit code tells. Asked twice more then, it ends at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int MostWhileClosing = 1;

    /// <summary>Keeps their registrations: nobody else does once they are disposed.</summary>
    private static readonly List<StopSignals> Kept = [];

    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private int _count;
    private int _whileClosing;
    private volatile bool _closing;

    public StopSignals()
    {
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, On))];
    }

    /// <summary>The process ends when the command does.</summary>
    public static bool LastToTheEnd { get; set; }

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    public void Dispose()
    {
        _closing = true;
        if (LastToTheEnd)
        {
            lock (Kept) Kept.Add(this);
            return;
        }

        foreach (var registration in _registrations) registration.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_closing)
        {
            if (Interlocked.Increment(ref _whileClosing) > MostWhileClosing) Environment.Exit(ExitCodes.Interrupted);
            return;
        }

        (Interlocked.Increment(ref _count) == 1 ? _first : _second).Cancel();
    }
}
