using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>The caps that the parents of a disaster share: everybody has its turn, and uses it.</summary>
internal sealed partial class Disaster
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(150);

    private void Renew(SimulatedParent parent)
    {
        var want = parent.Core.TellWant();
        var lease = _store.UpdateLease(parent.Id, want, _caps, _timeline.Moment.Wall);
        // before anything else it is told, as the loop does
        parent.Core.Step(_timeline.Moment, new LeaseChanged(lease));
        PlanRound(parent);
        CheckTurn(parent, want, lease);
        CheckUse(parent, want, lease);
    }

    /// <summary>
    /// When nothing is frozen any more, whoever wants to start something gets what it takes before long.
    /// </summary>
    private void CheckTurn(SimulatedParent parent, LeaseWant want, Lease lease)
    {
        var least = parent.Core.Least(); // which is more than it said, where that was a program alone
        var served = lease.Light >= least.Light && lease.Heavy >= least.Heavy
            && lease.Programs >= least.Programs && lease.Memory >= least.Memory;
        if (served || FaultsOn || _parents.Exists(other => other.IsFrozen))
        {
            parent.WaitsSince = long.MaxValue;
            return;
        }

        parent.WaitsSince = Math.Min(parent.WaitsSince, _timeline.Now);
        if (_timeline.Now - parent.WaitsSince > LongestTurn.Ticks)
        {
            throw new InvariantBrokenException($"{parent.Id} starves: it wants {want}, may use {lease} of {_caps}");
        }
    }

    /// <summary>
    /// Whoever is granted what its next start takes, beyond what it uses, starts: it would keep that from the others.
    /// </summary>
    private static void CheckUse(SimulatedParent parent, LeaseWant want, Lease lease)
    {
        var (use, least) = (want.InUse, want.Least);
        var mayStart = lease.Light >= use.Light + least.Light && lease.Programs >= use.Programs + least.Programs
            && lease.Memory >= use.Memory + least.Memory;
        // A heavy child waits for its turn to be made, and any for one that comes or goes.
        var isIdle = least != default && least.Heavy == 0 && parent.Core.InUse == use && parent.Core.Children.Values
            .All(child => child.State is not (ChildState.Spawning or ChildState.Draining or ChildState.Destroying));
        parent.UnusedTurns = mayStart && isIdle ? parent.UnusedTurns + 1 : 0;
        if (parent.UnusedTurns > 2)
        {
            throw new InvariantBrokenException($"{parent.Id} starts nothing: it wants {want}, and may use {lease}");
        }
    }
}
