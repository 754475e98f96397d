using Amoeba.Engine.Ports;
using Amoeba.Hosting.Running.Quotas;
using Amoeba.Scheduling;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Scheduling;

namespace Amoeba.Tests.Hosting.Running.Quotas;

/// <summary>
/// Parents, their callers and one server, event by event in virtual time. Every chance is drawn from one seed.
/// </summary>
internal sealed class QuotaWorld(WorldTime time, ICountingServer server, int seed) : IDisposable
{
    private const long Gather = 5_000;

    private readonly PriorityQueue<Action, (long At, int Order)> _events = new();
    private readonly Random _chance = new(seed);
    private readonly List<Seat> _seats = [];
    private int _order;

    public WorldTime Time => time;

    public long Start { get; } = time.Micros;

    public int Accepted { get; private set; }

    public int Refused { get; private set; }

    public long Tokens { get; private set; }

    public Dictionary<string, int> AcceptedOf { get; } = [];

    public int Exchanges { get; private set; }

    /// <summary>How many of the server's answers carry the time to wait.</summary>
    public double WithRetryAfter { get; init; } = 1;

    /// <summary>How long a call takes once the server took it.</summary>
    public (int Least, int Most) LatencyMs { get; init; } = (200, 2500);

    /// <summary>The way to the server.</summary>
    public (int Least, int Most) WayMs { get; init; } = (1, 900);

    /// <summary>The server's limit of calls at once.</summary>
    public int MostAtOnce { get; init; } = int.MaxValue;

    /// <summary>What a call takes; estimates are up to a third more.</summary>
    public (int Least, int Most) CallTokens { get; init; } = (10, 100);

    private int _atServer;

    public Seat AddParent(string parent, Func<IQuotaLedger> open)
    {
        var seat = new Seat(this, parent, open);
        _seats.Add(seat);
        return seat;
    }

    public void At(long micros, Action act) => _events.Enqueue(act, (micros, _order++));

    public int Between((int Least, int Most) span) => _chance.Next(span.Least, span.Most + 1);

    public bool Happens(double share) => _chance.NextDouble() < share;

    /// <summary>Plays until a moment, or until nothing is left to happen.</summary>
    public void Play(TimeSpan span)
    {
        var until = Start + (long)span.TotalMicroseconds;
        while (_events.TryPeek(out _, out var next) && next.At <= until)
        {
            var act = _events.Dequeue();
            time.GoTo(Math.Max(time.Micros, next.At));
            act();
        }
    }

    public void Dispose()
    {
        foreach (var seat in _seats)
            seat.Desk.Dispose();
    }

    /// <summary>One parent's desk, and who sits at it.</summary>
    internal sealed class Seat
    {
        private readonly QuotaWorld _world;
        private readonly List<Caller> _waiting = [];
        private long _due = long.MaxValue;
        private bool _dead;

        public Seat(QuotaWorld world, string parent, Func<IQuotaLedger> open)
        {
            _world = world;
            Desk = new QuotaDesk(parent, open, world.Time, () => RunAt(world.Time.Micros + Gather));
        }

        public QuotaDesk Desk { get; }

        public int Waiting => _waiting.Count;

        /// <summary>Callers that make so many calls one after the other.</summary>
        public void Sit(string job, string key, QuotaSpec limits, int callers, int calls = int.MaxValue)
        {
            for (var i = 0; i < callers; i++)
                new Caller(_world, this, job, key, limits, calls).Ask();
        }

        /// <summary>Nothing more is heard of it, nor of its callers.</summary>
        public void Kill() => _dead = true;

        public bool IsDead => _dead;

        public void Wait(Caller caller) => _waiting.Add(caller);

        private void RunAt(long at)
        {
            if (at >= _due)
                return;
            _due = at;
            _world.At(at, () => Run(at));
        }

        private void Run(long at)
        {
            if (at != _due || _dead)
                return;
            _due = long.MaxValue;
            _world.Exchanges++;
            if (Desk.RunOnce() is { } next)
                RunAt(_world.Time.Micros + Math.Max(Gather, (long)Math.Ceiling(next.TotalMicroseconds)));
            foreach (var caller in _waiting.Where(caller => caller.IsGranted).ToList())
            {
                _waiting.Remove(caller);
                caller.Go();
            }
        }
    }

    internal sealed class Caller(QuotaWorld world, Seat seat, string job, string key, QuotaSpec limits, int calls)
    {
        private Task<QuotaGrant> _grant = null!;
        private long _tokens;
        private int _left = calls;

        public bool IsGranted => _grant.IsCompleted;

        public void Ask()
        {
            if (_tokens == 0)
                _tokens = world.Between(world.CallTokens);
            var estimate = _tokens + _tokens * world.Between((0, 33)) / 100;
            _grant =
                seat.Desk.ReserveAsync(new QuotaAsk(key, job, estimate, limits), NoAttemptWaits.Instance, default)
                    .AsTask();
            if (IsGranted)
                Go();
            else
                seat.Wait(this);
        }

        public void Go() => world.At(world.Time.Micros + world.Between(world.WayMs) * 1000L, Arrive);

        private void Arrive()
        {
            var grant = _grant.Result;
            if (world._atServer >= world.MostAtOnce || world.Take(_tokens) is not { } refused)
            {
                if (world._atServer >= world.MostAtOnce)
                    refused = 0;
                else
                {
                    world._atServer++;
                    world.At(world.Time.Micros + world.Between(world.LatencyMs) * 1000L, () => End(grant));
                    return;
                }
            }

            world.Refused++;
            var after = refused > 0 && world.Happens(world.WithRetryAfter)
                ? TimeSpan.FromMicroseconds(refused) : (TimeSpan?)null;
            world.At(world.Time.Micros + 5_000, () =>
            {
                if (seat.IsDead)
                    return;
                seat.Desk.Throttled(grant, new QuotaNews(after));
                Ask();
            });
        }

        private void End(QuotaGrant grant)
        {
            world._atServer--;
            world.Accepted++;
            world.Tokens += _tokens;
            world.AcceptedOf[job] = world.AcceptedOf.GetValueOrDefault(job) + 1;
            if (seat.IsDead)
                return;
            seat.Desk.Settle(grant, new QuotaUse(_tokens));
            _tokens = 0;
            if (--_left > 0)
                Ask();
        }
    }

    private long? Take(long tokens) => server.Take(Time.Micros, tokens);
}
