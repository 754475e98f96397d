using Amoeba.Engine.Ports;

namespace Amoeba.Stores;

/// <summary>
/// A parent's row: what it wants and uses of the shared caps, what it holds, and where it stands in line.
/// </summary>
/// <param name="Parent">Its id.</param>
/// <param name="Want">What it said last.</param>
/// <param name="Granted">What it holds; nobody else may be granted that.</param>
/// <param name="Place">Its place in line, the lowest first; 0 while it wants nothing.</param>
/// <param name="Began">What it had started when its turn began; null while it is granted nothing of its least.</param>
/// <param name="Asked">When it was last heard of, to within <see cref="LeaseShare.HeardEvery"/>.</param>
internal sealed record LeaseHolding(
    string Parent, LeaseWant Want, Lease Granted, long Place, long? Began, DateTimeOffset Asked)
{
    // Written out, because the comparers that the language would ask for are compiled at
    // every start (docs/decisions/0007).
    public bool Equals(LeaseHolding? other) => other is not null && Parent == other.Parent && Want == other.Want
        && Granted == other.Granted && Place == other.Place && Began == other.Began && Asked == other.Asked;

    public override int GetHashCode() => HashCode.Combine(Parent, Place);
}

/// <summary>
/// Divides the caps that all parents of a store share. A grant is taken back only by its own holder's next call, so the
/// others' grants are out of reach at any moment: that is why the sum never exceeds the caps. Parents take turns: in
/// their order each is set apart its least, whole or not at all, and the rest is split evenly among those. Who had its
/// turn while others waited goes to the back of the line, also where it had a part of its least and started with that.
/// </summary>
internal static class LeaseShare
{
    /// <summary>Nothing is kept free for a parent that was not heard of for so long; what it holds it keeps.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A call that changes nothing else is written down this often.</summary>
    public static readonly TimeSpan HeardEvery = TimeSpan.FromSeconds(1);

    private static readonly Func<Lease, long>[] Parts =
        [lease => lease.Light, lease => lease.Heavy, lease => lease.Programs, lease => lease.Memory];

    /// <summary>What <paramref name="me"/> may use now, and its row as it is from now on.</summary>
    /// <param name="me">The parent.</param>
    /// <param name="want">What it wants and uses.</param>
    /// <param name="rows">All rows, with its own where it has one.</param>
    /// <param name="caps">What all share.</param>
    /// <param name="now">The wall clock's time. A jump costs a place in line for a moment and nothing else.</param>
    public static (Lease May, LeaseHolding Row) Grant(
        string me, LeaseWant want, IReadOnlyList<LeaseHolding> rows, Lease caps, DateTimeOffset now)
    {
        var before = rows.FirstOrDefault(row => row.Parent == me);
        long last = 0;
        foreach (var other in rows) last = Math.Max(last, other.Place);
        var place = want.Wanted == default ? 0 : before is { Place: > 0 } ? before.Place : last + 1;
        var row = new LeaseHolding(me, want, default, place, place == 0 ? null : before?.Began, now);
        var others = rows.Where(other => other.Parent != me).ToList();
        var line = others.Where(other => (now - other.Asked).Duration() <= Patience).Append(row).ToList();
        if (row.Began < want.Started && IsAnyoneShort(line, row, caps, before!))
        {
            line.Remove(row);
            row = row with { Place = last + 1, Began = null };
            line.Add(row);
        }

        var fair = Shares(line, caps).First(share => share.Row == row).May;
        var most = Make(part => Math.Max(0, Parts[part](caps) - Held(others, Parts[part])));
        var may = Make(part => Whole(Math.Min(Parts[part](fair), Parts[part](most)), Parts[part](want.Least)));
        var held = Make(part => Math.Min(
            Math.Max(Parts[part](may), Parts[part](want.InUse)), Parts[part](most)));
        row = row with { Granted = held, Began = Began(may, row, before) };
        return (may, before is not null && (now - before.Asked).Duration() < HeardEvery
            && row with { Asked = before.Asked } == before ? before : row);
    }

    /// <summary>
    /// Max-min fair above what each needs at least: in order each is set apart its least if that is still there, or
    /// gets nothing; the smallest wants are met first, the rest is split evenly, odd units in order.
    /// </summary>
    public static long[] Divide(IReadOnlyList<Demand> line, long cap)
    {
        var left = Math.Max(0, cap);
        var open = new Demand?[line.Count];
        for (var i = 0; i < open.Length; i++)
        {
            var (want, least) = line[i];
            if (least > left)
                continue;
            left -= least;
            open[i] = new Demand(Math.Max(want, least), least);
        }

        long low = 0, high = Math.Max(0, cap);
        while (low < high)
        {
            var level = low + (high - low + 1) / 2;
            if (At(level, open) <= cap)
                low = level;
            else
                high = level - 1;
        }

        var shares = new long[open.Length];
        var odd = cap - At(low, open);
        for (var i = 0; i < open.Length; i++)
        {
            if (open[i] is not { } demand)
                continue;
            shares[i] = At(low, demand);
            if (odd > 0 && At(low + 1, demand) > shares[i])
            {
                shares[i]++;
                odd--;
            }
        }

        return shares;
    }

    private static long At(long level, Demand demand) => Math.Max(demand.Least, Math.Min(level, demand.Want));

    private static long At(long level, Demand?[] open)
    {
        long sum = 0;
        foreach (var demand in open)
        {
            if (demand is not null) sum += At(level, demand);
        }

        return sum;
    }

    private static long Held(List<LeaseHolding> rows, Func<Lease, long> part)
    {
        long sum = 0;
        foreach (var row in rows) sum += part(row.Granted);
        return sum;
    }

    private static Share[] Shares(List<LeaseHolding> line, Lease caps)
    {
        // Who wants nothing still has what it uses, and comes last.
        var ordered = line.ToArray();
        Array.Sort(ordered, ByPlace);
        var parts = Array.ConvertAll(Parts, part => Divide(
            Array.ConvertAll(ordered, row => Demand.Of(row.Want, part)), part(caps)));
        var shares = new Share[ordered.Length];
        for (var i = 0; i < shares.Length; i++)
        {
            var at = i;
            shares[i] = new Share(ordered[i], Make(part => parts[part][at]));
        }

        return shares;
    }

    private static int ByPlace(LeaseHolding one, LeaseHolding other)
    {
        var (mine, theirs) =
            (one.Place == 0 ? long.MaxValue : one.Place, other.Place == 0 ? long.MaxValue : other.Place);
        var order = mine.CompareTo(theirs);
        return order != 0 ? order : string.CompareOrdinal(one.Parent, other.Parent);
    }

    /// <summary>
    /// Another lacks what it needs at least, of a part that I had: who waits for what I lacked too is not kept from it
    /// by what I started meanwhile.
    /// </summary>
    private static bool IsAnyoneShort(List<LeaseHolding> line, LeaseHolding me, Lease caps, LeaseHolding before)
    {
        var hadAll = Covers(before.Granted, before.Want.Least);
        var had = Array.FindAll(Parts, part => hadAll || Serves(before.Granted, before.Want.Least, part));
        return Array.Exists(Shares(line, caps), share => share.Row != me && Covers(caps, share.Row.Want.Least)
            && Array.Exists(had, part => part(share.May) < part(share.Row.Want.Least)));
    }

    /// <summary>
    /// A turn begins when a parent is granted its least, or some of it, and begins anew when those are other parts:
    /// what it started before that was its last turn's.
    /// </summary>
    private static long? Began(Lease may, LeaseHolding row, LeaseHolding? before)
    {
        var least = row.Want.Least;
        if (!Covers(may, least) && !Array.Exists(Parts, part => Serves(may, least, part)))
            return null;
        var isSame = before is not null && Array.TrueForAll(Parts,
            part => part(may) >= part(least) == part(before.Granted) >= part(before.Want.Least));
        return isSame ? row.Began ?? row.Want.Started : row.Want.Started;
    }

    private static bool Serves(Lease may, Lease least, Func<Lease, long> part) =>
        part(least) > 0 && part(may) >= part(least);

    /// <summary>Less than the least is of no use.</summary>
    private static long Whole(long may, long least) => may < least ? 0 : may;

    private static bool Covers(Lease lease, Lease least) => Array.TrueForAll(Parts, part => part(lease) >= part(least));

    private static Lease Make(Func<int, long> part) => new((int)part(0), (int)part(1), (int)part(2), part(3));

    /// <summary>What one in the line asks of one cap: all it could use, and what it needs at least.</summary>
    internal sealed record Demand(long Want, long Least)
    {
        public static Demand Of(LeaseWant want, Func<Lease, long> part) =>
            new(Math.Max(part(want.Wanted), part(want.InUse)), part(want.Least));
    }

    private sealed record Share(LeaseHolding Row, Lease May);
}
