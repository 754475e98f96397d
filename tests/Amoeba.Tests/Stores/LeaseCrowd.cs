using Amoeba.Engine.Ports;
using Amoeba.Stores;

namespace Amoeba.Tests.Stores;

/// <summary>
/// Random parents with random tasks over scarce caps, for ever busy. In a round each of them, in random order, ends
/// what is done, asks, and starts what it may; some say nothing for a while, some come and go. Where a program runs for
/// ever, some of them wait for it beside all that they start, and the others' own tasks are none.
/// </summary>
internal sealed class LeaseCrowd
{
    private const int LongestTask = 3;
    private const int LongestSilence = 4;

    private readonly Random _random;
    private readonly bool _inSteps;
    private readonly bool _programRuns;
    private readonly Lease _caps;
    private readonly List<Member> _members;
    private readonly Dictionary<string, LeaseHolding> _rows = [];
    private DateTimeOffset _now = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <param name="seed">Tells all that happens.</param>
    /// <param name="inSteps">Who waits for a program says the rest once it has that, as the engine does.</param>
    /// <param name="programRuns">A program of somebody else runs all the time, the only one there may be.</param>
    public LeaseCrowd(int seed, bool inSteps, bool programRuns = false)
    {
        _inSteps = inSteps;
        _programRuns = programRuns;
        _random = new Random(seed);
        _caps = new Lease(_random.Next(1, 5), 0, programRuns ? 1 : _random.Next(1, 4), _random.Next(50, 200));
        _members = [.. Enumerable.Range(0, _random.Next(2, 6)).Select(index => new Member($"p{index}"))];
        _members.ForEach(member => member.Next = Draw());
        if (programRuns) _members.ForEach(member => member.WaitsForProgram = _random.Next(2) == 0);
    }

    /// <summary>Most rounds that a parent waited for a start.</summary>
    public int LongestWait { get; private set; }

    /// <summary>Everybody before it in line has a turn: is granted what it needs, starts, and ends that.</summary>
    public int Bound => _members.Count * (LongestTask + LongestSilence + 3);

    public void Play(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            _now += TimeSpan.FromMilliseconds(100);
            if (_programRuns) RunProgram();
            foreach (var member in _members.OrderBy(_ => _random.Next()).ToList())
            {
                Turn(member);
                Assert.All(Parts, part => Assert.True(_rows.Values.Sum(row => part(row.Granted)) <= part(_caps)));
            }
        }
    }

    private static readonly Func<Lease, long>[] Parts =
        [lease => lease.Light, lease => lease.Programs, lease => lease.Memory];

    private Lease Draw() => new(1, 0, _programRuns ? 0 : _random.Next(2), _random.Next(1, (int)_caps.Memory + 1));

    private void RunProgram()
    {
        var program = new Lease(0, 0, 1, 0);
        (_, _rows["program"]) = LeaseShare.Grant(
            "program", new LeaseWant(program, program), [.. _rows.Values], _caps, _now);
        Assert.Equal(program, _rows["program"].Granted);
    }

    private void Turn(Member member)
    {
        if (member.Silence > 0)
        {
            member.Silence--;
            member.Waited = 0;
            return;
        }

        member.Running.RemoveAll(task => --task.Left <= 0);
        Ask(member);
        if (Fits(member.InUse, member.Next, member.May))
        {
            member.Running.Add(new Work(member.Next) { Left = _random.Next(1, LongestTask + 1) });
            member.Next = Draw();
            member.Started++;
            member.Waited = 0;
            Ask(member);
        }
        else if (++member.Waited > LongestWait)
        {
            LongestWait = member.Waited;
        }

        member.Silence = _random.Next(20) == 0 ? _random.Next(1, LongestSilence) : 0;
        if (_random.Next(100) == 0)
        {
            _rows.Remove(member.Name); // it died, and was found dead; another comes
            member.Running.Clear();
            (member.May, member.Waited) = (default, 0);
        }
    }

    private void Ask(Member member)
    {
        var isStep = _inSteps && member.Next.Programs > 0 && member.May.Programs <= member.InUse.Programs;
        var want = isStep
            ? new LeaseWant(new Lease(0, 0, _caps.Programs, 0), member.InUse, new Lease(0, 0, 1, 0), member.Started)
            : new LeaseWant(_caps, member.InUse, member.Least, member.Started);
        (member.May, _rows[member.Name]) = LeaseShare.Grant(member.Name, want, [.. _rows.Values], _caps, _now);
        Assert.All(Parts, part => Assert.True(part(_rows[member.Name].Granted) >= part(member.InUse)));
        if (isStep && member.May.Programs > member.InUse.Programs) Ask(member);
    }

    private static bool Fits(Lease inUse, Lease next, Lease may) =>
        Array.TrueForAll(Parts, part => part(inUse) + part(next) <= part(may));

    private sealed class Member(string name)
    {
        public string Name => name;

        public List<Work> Running { get; } = [];

        public Lease Next { get; set; }

        /// <summary>Beside what it starts next.</summary>
        public bool WaitsForProgram { get; set; }

        public Lease Least => WaitsForProgram ? Next with { Programs = 1 } : Next;

        public Lease May { get; set; }

        public long Started { get; set; }

        public int Waited { get; set; }

        public int Silence { get; set; }

        public Lease InUse => new(
            Running.Count, 0, Running.Sum(work => work.Takes.Programs), Running.Sum(work => work.Takes.Memory));
    }

    private sealed class Work(Lease takes)
    {
        public Lease Takes => takes;

        public int Left { get; set; }
    }
}
