using System.Collections.Concurrent;
using System.Globalization;

namespace Amoeba.Tests.Simulation;

public sealed class DisasterTests(ITestOutputHelper output)
{
    /// <summary>Seeds to play; AMOEBA_SEEDS=1000000 plays a million, AMOEBA_SEED=N plays one.</summary>
    private static int Seeds => int.Parse(
        Environment.GetEnvironmentVariable("AMOEBA_SEEDS") ?? "10000", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_happens_nothing_is_lost_and_nothing_counts_twice()
    {
        if (Environment.GetEnvironmentVariable("AMOEBA_SEED") is { } one)
        {
            Disaster.Play(int.Parse(one, CultureInfo.InvariantCulture));
            return;
        }

        var sum = PlayAll();
        output.WriteLine($"{Seeds} disasters: {sum}");
        Assert.True(sum.Deaths > Seeds / 4 && sum.Lost > Seeds / 10 && sum.Results > Seeds && sum.Freezes > Seeds / 10
            && sum.Retries > Seeds / 20 && sum.Expired > Seeds / 100 && sum.Refused > 0 && sum.Stalls > Seeds / 100
            && sum.Waits > Seeds && sum.Raised > Seeds / 10 && sum.TakenUp > Seeds / 10 && sum.EndedAlone > Seeds / 50
            && sum.Unbegun > Seeds / 100 && sum.TakenBack > 0 && sum.Strays > 0 && sum.CancelledAlone > 0,
            $"these were no disasters: {sum}");
    }

    [Fact]
    public void A_seed_plays_the_same_disaster_again()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            Assert.Equal(Disaster.Play(seed), Disaster.Play(seed));
        }
    }

    /// <summary>On threads of its own: it would keep the pool's from all other tests until it is through.</summary>
    private static DisasterReport PlayAll()
    {
        var sum = new DisasterReport();
        var next = -1;
        var failures = new ConcurrentQueue<InvariantBrokenException>();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Play)).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return failures.TryPeek(out var first) ? throw first : sum;

        void Play()
        {
            while (failures.IsEmpty && Interlocked.Increment(ref next) is var seed && seed < Seeds)
            {
                try
                {
                    Add(sum, Disaster.Play(seed));
                }
                catch (Exception error)
                {
                    failures.Enqueue(new($"AMOEBA_SEED={seed} replays this: {error}"));
                }
            }
        }
    }

    private static void Add(DisasterReport sum, DisasterReport one)
    {
        lock (sum)
        {
            sum.Starts += one.Starts;
            sum.Results += one.Results;
            sum.Deaths += one.Deaths;
            sum.Freezes += one.Freezes;
            sum.Stalls += one.Stalls;
            sum.Retries += one.Retries;
            sum.Expired += one.Expired;
            sum.Refused += one.Refused;
            sum.FailedCommits += one.FailedCommits;
            sum.Lost += one.Lost;
            sum.Late += one.Late;
            sum.Waits += one.Waits;
            sum.Raised += one.Raised;
            sum.TakenUp += one.TakenUp;
            sum.Unbegun += one.Unbegun;
            sum.TakenBack += one.TakenBack;
            sum.EndedAlone += one.EndedAlone;
            sum.Strays += one.Strays;
            sum.CancelledAlone += one.CancelledAlone;
        }
    }
}
