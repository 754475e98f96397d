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
    /// <summary>What <paramref name="me"/> may use now. <paramref name="others"/> leaves it out.</summary>
    public static Lease Grant(string me, LeaseWant want, IReadOnlyList<LeaseHolding> others, Lease caps)
    {
        long Of(Func<Lease, long> part)
        {
            var wants = new List<(string Parent, long Want)> { (me, Math.Max(part(want.Wanted), part(want.InUse))) };
            long held = 0;
            foreach (var other in others)
            {
                wants.Add((other.Parent, Math.Max(part(other.Want.Wanted), part(other.Want.InUse))));
                held += part(other.Granted);
            }

            var fair = FairShare(me, wants, part(caps));
            return Math.Min(Math.Max(fair, part(want.InUse)), Math.Max(0, part(caps) - held));
        }

        return new Lease(
            (int)Of(lease => lease.Light), (int)Of(lease => lease.Heavy), (int)Of(lease => lease.Programs),
            Of(lease => lease.Memory));
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
