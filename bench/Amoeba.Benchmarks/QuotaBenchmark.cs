using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running.Quotas;
using Amoeba.Scheduling;
using Amoeba.Stores.Sqlite;

namespace Amoeba.Benchmarks;

/// <summary>
/// Four parents with more work than one quota allows, each with its own loop and connection on one SQLite file: how
/// much of the quota they use, while a server that counts every sliding minute refuses none of their calls.
/// </summary>
internal sealed class QuotaBenchmark : IBenchmark
{
    private const string Key = "bench/model";
    private const int Parents = 4;
    private const int Callers = 30;
    private const int CallTokens = 50;
    private const long Requests = 6_000;

    public string Name => "quota";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var span = TimeSpan.FromSeconds(room.Quick ? 3 : 30);
        var findings = new List<Finding>();
        foreach (var (what, limits) in new[]
        {
            ("requests", new QuotaSpec(null, Requests)),
            ("tokens", new QuotaSpec(null, null, Requests * CallTokens)),
        })
        {
            room.Say($"{Name}: {what}");
            var (accepted, refused) = await RoundAsync(room, limits, span, cancel);
            var allowed = Requests * span.TotalMinutes;
            var ours = new Series(what, $"{what} a minute",
                [accepted / span.TotalMinutes * (what == "tokens" ? CallTokens : 1)]);
            findings.Add(new Finding
            {
                What = string.Create(CultureInfo.InvariantCulture,
                    $"{Parents} parents on one quota of {what}, {span.TotalSeconds:0} s"),
                Against = "all that the quota allows",
                Ours = ours,
                Figure = new Series("used of the quota", "x", [accepted / allowed]),
                Aim = new Aim(AtLeast: true, 0.95),
                Note = "the minute before was used up evenly, so that no first burst flatters the figure",
                Raw = [new Series("refused by the server", "", [refused])],
            });
        }

        return new Outcome(Name, findings);
    }

    private static async Task<(int Accepted, int Refused)> RoundAsync(
        BenchRoom room, QuotaSpec limits, TimeSpan span, CancellationToken cancel)
    {
        var path = new HomeFolder(room.NewHome()).Store;
        using var store = SqliteStore.Open(path);
        var server = new Server();
        Fill(store, path, limits, server);
        var loops = new List<QuotaLoop>();
        for (var i = 0; i < Parents; i++)
        {
            var parent = $"p{i}";
            store.AddParent(new ParentRecord(parent, i, "boot", i, BenchRoom.Time.GetUtcNow(), "0"));
            loops.Add(new QuotaLoop(parent, () => SqliteQuotaLedger.Open(path, BenchRoom.Time), BenchRoom.Time,
                error => room.Say($"the ledger failed: {error.Message}")));
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        over.CancelAfter(span);
        var callers = loops.SelectMany((loop, i) => Enumerable.Range(0, Callers)
            .Select(_ => CallAsync(loop, new QuotaAsk(Key, $"j{i}", CallTokens, limits), server, over.Token)));
        await Task.WhenAll(callers.ToList());
        cancel.ThrowIfCancellationRequested();
        loops.ForEach(loop => loop.Dispose());
        return (server.Accepted, server.Refused);
    }

    private static async Task CallAsync(QuotaLoop quotas, QuotaAsk ask, Server server, CancellationToken over)
    {
        try
        {
            while (!over.IsCancellationRequested)
            {
                var grant = await quotas.ReserveAsync(ask, NoAttemptWaits.Instance, over);
                var taken = server.Take(BenchRoom.Time.GetElapsedTime(0));
                await Task.Delay(TimeSpan.FromMilliseconds(100), BenchRoom.Time, over);
                if (taken)
                {
                    quotas.Settle(grant, new QuotaUse(CallTokens));
                }
                else
                {
                    quotas.Throttled(grant, QuotaNews.None);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    /// <summary>The minute before, used up evenly.</summary>
    private static void Fill(SqliteStore store, string path, QuotaSpec limits, Server server)
    {
        var past = new PastTime();
        store.AddParent(new ParentRecord("past", 0, "boot", 0, BenchRoom.Time.GetUtcNow(), "0"));
        using var ledger = SqliteQuotaLedger.Open(path, past);
        var batches = (int)((QuotaTiming.Minute + QuotaTiming.Margin) / QuotaTiming.Slot);
        for (long batch = 0, number = 0; batch < batches; batch++)
        {
            past.Ago = TimeSpan.FromMicroseconds((batches - batch) * QuotaTiming.Slot);
            var exchange = new QuotaBatch { Keys = { [Key] = limits } };
            for (; number < (batch + 1) * Requests / batches; number++)
            {
                exchange.Asked.Add(new QuotaRequest(Key, number, "past", CallTokens));
            }

            foreach (var (key, granted) in ledger.Exchange("past", exchange).Granted)
            {
                server.Take(BenchRoom.Time.GetElapsedTime(0) - past.Ago);
                exchange = new QuotaBatch { Keys = { [Key] = limits } };
                exchange.Settled.Add(new QuotaSettlement(key, granted, CallTokens));
                ledger.Exchange("past", exchange);
            }
        }

        store.RemoveParent("past");
        server.Begin();
    }

    /// <summary>The system's clocks, some time ago.</summary>
    private sealed class PastTime : TimeProvider
    {
        public TimeSpan Ago { get; set; }

        public override long TimestampFrequency => System.TimestampFrequency;

        public override long GetTimestamp() => System.GetTimestamp() - (long)(Ago.TotalSeconds * TimestampFrequency);

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - Ago;
    }

    /// <summary>Allows so many calls in any sixty seconds.</summary>
    private sealed class Server
    {
        private readonly Lock _gate = new();
        private readonly Queue<TimeSpan> _last = new();

        public int Accepted { get; private set; }

        public int Refused { get; private set; }

        public void Begin() => (Accepted, Refused) = (0, 0);

        public bool Take(TimeSpan at)
        {
            lock (_gate)
            {
                while (_last.TryPeek(out var first) && at - first >= TimeSpan.FromMinutes(1))
                {
                    _last.Dequeue();
                }

                if (_last.Count >= Requests)
                {
                    Refused++;
                    return false;
                }

                _last.Enqueue(at);
                Accepted++;
                return true;
            }
        }
    }
}
