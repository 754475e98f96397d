using Amoeba.Engine.Ports;

namespace Amoeba.Stores;

/// <summary>What a parent wants and uses of the shared caps, and what it was last told it may use.</summary>
internal readonly record struct LeaseHolding(string Parent, LeaseWant Want, Lease Granted);

/// <summary>
/// Divides the caps that all parents of a store share. A grant is taken back only by its own holder's next call, so the
/// others' grants are out of reach at any moment: that is why the sum never exceeds the caps.
/// </summary>
internal static class LeaseShare
{
    /// <summary>What <paramref name="me"/> may use now, and what it holds: more, while it uses more.</summary>
    /// <param name="me">The parent.</param>
    /// <param name="want">What it wants and uses.</param>
    /// <param name="others">The other parents.</param>
    /// <param name="caps">What all share.</param>
    public static (Lease May, Lease Held) Grant(
        string me, LeaseWant want, IReadOnlyList<LeaseHolding> others, Lease caps)
    {
        (long May, long Held) Of(Func<Lease, long> part)
        {
            var wants = new List<(string Parent, long Want)> { (me, Math.Max(part(want.Wanted), part(want.InUse))) };
            long held = 0;
            foreach (var other in others)
            {
                wants.Add((other.Parent, Math.Max(part(other.Want.Wanted), part(other.Want.InUse))));
                held += part(other.Granted);
            }

            var fair = FairShare(me, wants, part(caps));
            var most = Math.Max(0, part(caps) - held);
            return (Math.Min(fair, most), Math.Min(Math.Max(fair, part(want.InUse)), most));
        }

        var (light, heavy, programs) = (Of(lease => lease.Light), Of(lease => lease.Heavy), Of(lease => lease.Programs));
        var memory = Of(lease => lease.Memory);
        return (
            new Lease((int)light.May, (int)heavy.May, (int)programs.May, memory.May),
            new Lease((int)light.Held, (int)heavy.Held, (int)programs.Held, memory.Held));
    }

    /// <summary>Max-min fair: the smallest wants are met first, the rest is split evenly, odd units by parent id.</summary>
    public static long FairShare(string me, IReadOnlyList<(string Parent, long Want)> wants, long cap)
    {
        var left = Math.Max(0, cap);
        var open = wants.OrderBy(want => want.Want).ThenBy(want => want.Parent, StringComparer.Ordinal).ToList();
        while (open.Count > 0 && open[0].Want <= left / open.Count)
        {
            if (open[0].Parent == me)
                return open[0].Want;
            left -= open[0].Want;
            open.RemoveAt(0);
        }

        if (open.Count == 0)
            return 0;
        var rank = open.Select(want => want.Parent).Order(StringComparer.Ordinal).ToList().IndexOf(me);
        var share = left / open.Count + (rank < left % open.Count ? 1 : 0);
        return Math.Min(share, open.Single(want => want.Parent == me).Want);
    }
}
