using System.Diagnostics.CodeAnalysis;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells;

/// <summary>
/// How the end of one attempt is asked for: first gently, after a grace by force, and when even that does not help it
/// is given up. Used for one attempt; one that was never asked to end may serve the next.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification =
    "A tool that was given up may hold the tokens; without timers the sources have nothing to give back.")]
internal sealed class AttemptStop(TimeProvider time)
{
    /// <summary>
    /// What a tool gets after the force to see its processes gone and to answer. An attempt that does not answer by
    /// then is given up: its child goes on without it.
    /// </summary>
    internal static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _gentle = new();
    private readonly CancellationTokenSource _force = new();
    private Action? _overdue;
    private ITimer? _timer;
    private volatile int _reason = -1;
    private long _forceAt;
    private long _giveUpAt;
    private bool _forced;
    private bool _over;

    public CancellationToken Gentle => _gentle.Token;

    public CancellationToken Force => _force.Token;

    /// <summary>Why it is to end; the first reason stays. Null while nobody asked.</summary>
    public StopReason? Reason => _reason < 0 ? null : (StopReason)_reason;

    /// <summary>It was given up: whatever it still answers counts for nothing.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Asks for the end. Asking again can shorten the grace, never lengthen it.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="grace">Time until the force; zero is at once.</param>
    /// <param name="overdue">Called once where it has not ended after the force either.</param>
    public void Ask(StopReason reason, TimeSpan grace, Action overdue)
    {
        lock (_gate)
        {
            if (_over || _forced) return;
            var forceAt = After(grace);
            if (Reason is null) _overdue = overdue;
            else if (forceAt >= _forceAt) return;
            if (_reason < 0) _reason = (int)reason;
            _forceAt = forceAt;
            _timer ??= time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (grace > TimeSpan.Zero) _timer.Change(grace, Timeout.InfiniteTimeSpan);
        }

        // On the pool: what hangs on the token may be anyone's code, and who asks must not wait for it.
        _ = _gentle.CancelAsync();
        if (grace <= TimeSpan.Zero) ForceNow();
    }

    /// <summary>The attempt has ended; timers are given back.</summary>
    public void Over()
    {
        lock (_gate)
        {
            _over = true;
            _timer?.Dispose();
        }
    }

    private void OnTimer()
    {
        Action? overdue = null;
        lock (_gate)
        {
            if (_over) return;
            if (_forced)
            {
                // The timer of a longer grace may come when the force was just used, and timers come a little early.
                var left = time.GetElapsedTime(time.GetTimestamp(), _giveUpAt);
                if (left > TimeSpan.Zero)
                {
                    left = TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
                    _timer!.Change(left, Timeout.InfiniteTimeSpan);
                    return;
                }

                IsGivenUp = true;
                overdue = _overdue;
            }
        }

        if (overdue is null) ForceNow();
        else overdue();
    }

    private void ForceNow()
    {
        lock (_gate)
        {
            if (_over || _forced) return;
            _forced = true;
            _giveUpAt = After(Settling);
            _timer?.Change(Settling, Timeout.InfiniteTimeSpan);
        }

        _ = _force.CancelAsync();
    }

    private long After(TimeSpan pause) => time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
}
