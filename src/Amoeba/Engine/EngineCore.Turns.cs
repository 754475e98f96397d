using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using static System.FormattableString;

namespace Amoeba.Engine;

/// <summary>
/// Heavy children start at a pace that all parents of the store keep together: each start needs a turn, which the store
/// gives. What is light, or is there already, needs none.
/// </summary>
internal sealed partial class EngineCore
{
    private readonly SpawnTurns _heavyTurns = new();
    private readonly SpawnTurns _dockerTurns = new();

    /// <summary>Clocks are put right by less than this now and then, and nobody has to hear of it.</summary>
    private static readonly TimeSpan SameMoment = TimeSpan.FromSeconds(0.5);

    private readonly List<LiveJob> _dirtyNexts = [];

    /// <summary>How many jobs have said that they wait for a turn.</summary>
    private int _saidWaits;

    /// <summary>Children that could be made now but for their turns.</summary>
    private (int Heavy, int Docker) _short;

    private SpawnTurns? TurnsOf(LiveJob job) => CellCosts.PacedAs(CellOf(job)) is { } kind ? TurnsOf(kind) : null;

    private SpawnTurns TurnsOf(PacedKind kind) => kind == PacedKind.Docker ? _dockerTurns : _heavyTurns;

    /// <summary>At the cap no turn is needed: no child is made, and an idle one of another job may be let go.</summary>
    private bool HasTurn(LiveJob job) =>
        TurnsOf(job) is not { } turns || turns.MayStart(_now.Uptime) || _inUse.Heavy >= _lease.Heavy;

    private void CountShort(LiveJob job)
    {
        if (CellCosts.PacedAs(CellOf(job)) is not { } kind || !HasRoomForChild(job))
        {
            return;
        }

        var children = Math.Min(WidthNow(job) - job.Running - job.Coming, job.ReadyCount - job.Coming);
        _short = kind == PacedKind.Docker
            ? _short with { Docker = _short.Docker + children }
            : _short with { Heavy = _short.Heavy + children };
    }

    /// <summary>
    /// A job whose next child has to wait for its turn says so, with until when. That wait is no work, and yet the
    /// job's time: whoever started it waits as well.
    /// </summary>
    private void SayWaits()
    {
        if (_short == default && _saidWaits == 0)
        {
            return; // asked after every event
        }

        foreach (var job in _ordered)
        {
            SayWait(job);
        }
    }

    private void SayWait(LiveJob job)
    {
        if (!LacksTurn(job) || TurnsOf(job) is not { } turns)
        {
            EndWait(job);
        }
        else if (turns.IsLong(_now.Uptime, out var due))
        {
            DateTimeOffset? until = due is { } at ? _now.Wall + TimeSpan.FromTicks(at - _now.Uptime) : null;
            if (job.Next is not { } next)
            {
                _saidWaits++;
                job.Next = new NextChild(NextChildId(job), _now.Wall, until);
                StartClock(job);
                MarkDirty(job);
            }
            else if (until is null != next.Until is null || (until - next.Until)?.Duration() > SameMoment)
            {
                job.Next = next with { Until = until };
            }
            else
            {
                return;
            }

            SayNext(job);
        }
    }

    private bool LacksTurn(LiveJob job) => job.ReadyCount > 0 && job.MayStart && job.Idle.Count == 0
        && job.Running < WidthNow(job) && HasRoomForChild(job) && !HasTurn(job);

    private void SayNext(LiveJob job)
    {
        _goneChildren.Remove(job.Next!.Id);
        if (!_dirtyNexts.Contains(job))
        {
            _dirtyNexts.Add(job);
        }
    }

    /// <summary>It waits no more; unless it is made now, nothing of it is left.</summary>
    private void EndWait(LiveJob job)
    {
        if (job.Next is { } next)
        {
            _saidWaits--;
            _dirtyNexts.Remove(job);
            _goneChildren.Add(next.Id);
            job.Next = null;
        }
    }

    private ChildRecord RecordOf(NextChild next, LiveJob job)
    {
        return new ChildRecord(next.Id, job.Id, options.Parent, CellOf(job), ChildState.Spawning, null, next.Since)
        {
            WaitsFor = CellOf(job) == CellKind.Docker
                ? Invariant($"its turn to start a container: caps.docker_per_minute is {options.DockerPerMinute}")
                : Invariant($"its turn to start a child: caps.heavy_per_second is {options.HeavyPerSecond}"),
            WaitsUntil = next.Until,
        };
    }

    private void AskForTurns()
    {
        if (_short != default)
        {
            AskForTurns(PacedKind.Heavy, _short.Heavy);
            AskForTurns(PacedKind.Docker, _short.Docker);
        }
    }

    private void AskForTurns(PacedKind kind, int wanted)
    {
        wanted = Math.Min(wanted, _lease.Heavy - _inUse.Heavy);
        if (wanted > 0 && TurnsOf(kind).HasToAsk(_now.Uptime))
        {
            TurnsOf(kind).Ask();
            _effects.Add(new TurnsWanted(kind, wanted));
        }
    }
}
