using Amoeba.Deciding;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>
/// Heavy children start at a pace that all parents of the store keep together: each start needs a turn, which the store
/// gives. What is light, or is there already, needs none.
/// </summary>
internal sealed partial class EngineCore
{
    private readonly SpawnTurns _heavyTurns = new();
    private readonly SpawnTurns _dockerTurns = new();

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
