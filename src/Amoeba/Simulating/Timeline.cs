using Amoeba.Engine;

namespace Amoeba.Simulating;

/// <summary>Virtual time: what is to happen, in order of time and, at one time, in order of planning.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long At, long Number)> _plans = new();
    private long _number;

    /// <summary>Ticks of uptime.</summary>
    public long Now { get; private set; }

    /// <summary>The wall clock's zero; a test may make it jump.</summary>
    public DateTimeOffset Epoch { get; set; } = DateTimeOffset.UnixEpoch;

    public Moment Moment => new(Epoch + TimeSpan.FromTicks(Now), Now);

    public int Count => _plans.Count;

    public void Plan(TimeSpan after, Action what) =>
        _plans.Enqueue(what, (Now + Math.Max(0, after.Ticks), _number++));

    /// <summary>When the next plan is due; <see cref="long.MaxValue"/> for none.</summary>
    public long NextAt => _plans.TryPeek(out _, out var key) ? key.At : long.MaxValue;

    /// <summary>Goes to the next plan and carries it out; false where there is none.</summary>
    public bool Advance()
    {
        if (!_plans.TryDequeue(out var what, out var key))
        {
            return false;
        }

        Now = Math.Max(Now, key.At);
        what();
        return true;
    }

    /// <summary>Goes on to a time at which nothing is planned.</summary>
    public void AdvanceTo(long now) => Now = Math.Max(Now, now);
}
