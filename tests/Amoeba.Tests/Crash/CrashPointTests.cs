using System.Collections.Concurrent;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Delegate;

namespace Amoeba.Tests.Crash;

/// <summary>
/// The parent dies around the k-th call of a port, for every k of a small job that has a bit of everything.
/// </summary>
public sealed class CrashPointTests(ITestOutputHelper output) : IDisposable
{
    private const string Plan = """
        { "name": "crash", "children": 3, "merge": "lines", "limits": { "retries": 1 }, "tasks": [
          { "id": "first", "each": ["a", "b", "c"], "do": { "delegate": "work" } },
          { "id": "pairs", "each": ["p", "q", "bad", "r"], "batch": 2, "do": { "delegate": "work" } },
          { "id": "last", "needs": ["first", "pairs"], "do": { "delegate": "work" } } ] }
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-crash-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_root);

    [Theory]
    [InlineData("store", true)]
    [InlineData("store", false)]
    [InlineData("outputs", true)]
    [InlineData("outputs", false)]
    public async Task Dying_around_any_call_loses_nothing_and_repeats_nothing(string port, bool beforeTheCall)
    {
        var points = 0;
        while (await DieAtAsync(port, beforeTheCall, points + 1))
        {
            points++;
        }

        output.WriteLine($"{points} crash points");
        Assert.True(points > 15, $"only {points} calls of {port}: this job exercises nothing");
    }

    /// <returns>False where the job ended before the call was reached.</returns>
    private async Task<bool> DieAtAsync(string port, bool beforeTheCall, int at)
    {
        var home = Path.Combine(_root, $"{port}-{beforeTheCall}-{at}");
        var witness = new Witness(home);
        var switchboard = new DeathSwitch(at, beforeTheCall);
        string? job = null;
        await using (var doomed = Open(home, witness, switchboard, port))
        {
            try
            {
                job = (await doomed.SubmitAsync(Submission(home), Cancel)).Job;
                witness.Job = job;
                await doomed.WhenSettledAsync(job, Cancel).WaitAsync(TimeSpan.FromSeconds(120), Cancel);
            }
            catch (StoreUnusableException)
            {
                Assert.True(switchboard.IsDead);
            }
        }

        await CheckAsync(home, witness, job);
        TempFolder.Remove(home);
        return switchboard.IsDead;
    }

    /// <summary>A new parent goes on, and everything is there once.</summary>
    private static async Task CheckAsync(string home, Witness witness, string? accepted)
    {
        await using var parent = Open(home, witness, null, "");
        var stored = parent.Store.ListJobs(null, 10).SingleOrDefault();
        if (stored is null)
        {
            Assert.Null(accepted); // nobody was told that it was accepted
            return;
        }

        witness.Job = stored.Id;
        witness.RememberRecorded(parent.Store);
        if (!JobLife.IsEnded(stored.Status.State))
        {
            await parent.TakeAsync(stored.Id, goOn: true, Cancel);
            await parent.WhenSettledAsync(stored.Id, Cancel).WaitAsync(TimeSpan.FromSeconds(120), Cancel);
        }

        var job = parent.Store.FindJob(stored.Id)!;
        // "bad" fails, alone of its batch, and "last" is skipped for it
        Assert.Equal(JobState.Failed, job.Status.State);
        Assert.Equal((5, 1, 1), (job.Status.Counts.Succeeded, job.Status.Counts.Failed, job.Status.Counts.Skipped));
        using var merged = new StreamReader(parent.Outputs.Read(job.Id, job.Status.Output), Encoding.UTF8);
        Assert.Equal(["did a", "did b", "did c", "did p", "did q", "did r"],
            merged.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Split('+')));
        Assert.Empty(witness.Repeated);
    }

    private static Submission Submission(string home) =>
        new()
        {
            Plan = PlanReader.Read(Plan, "crash", new PlanReadOptions { Stored = true }),
            Folder = home,
            By = "test"
        };

    private static Parent Open(string home, Witness witness, DeathSwitch? death, string port)
    {
        var delegates = new DelegateRegistry();
        delegates.Add("work", witness.DoAsync);
        try
        {
            return Parent.Open(new ParentOptions
            {
                Home = home,
                Environment = EnvironmentBuilder.OfThisProcess(),
                Delegates = delegates,
                Zones = new(Off: true),
                PollEvery = TimeSpan.FromMinutes(1),
                WrapStore = store => port == "store" ? death!.Around(store) : store,
                WrapOutputs = outputs => port == "outputs" ? death!.Around(outputs) : outputs,
            });
        }
        catch (StoreUnusableException) when (death is { IsDead: true })
        {
            // It died while it was opening. The next one opens without faults.
            return Open(home, witness, null, "");
        }
    }

    /// <summary>From a certain call on every call fails: to the rest of the world the parent is dead.</summary>
    private sealed class DeathSwitch(int at, bool beforeTheCall)
    {
        private volatile bool _dead;

        public bool IsDead => _dead;

        public T Around<T>(T port)
            where T : class => FaultProxy.Wrap(port, (method, call) => Die(method.Name, call, beforeTheCall),
                (method, call) => Die(method.Name, call, !beforeTheCall));

        private void Die(string method, int call, bool here)
        {
            if (method != nameof(IDisposable.Dispose) && (_dead || (here && call == at)))
            {
                _dead = true;
                throw new StoreUnusableException("dead");
            }
        }
    }

    /// <summary>Sees which items are done, and whether one is done again after its result was recorded.</summary>
    private sealed class Witness(string home)
    {
        private readonly ConcurrentDictionary<int, bool> _recorded = new();

        public ConcurrentBag<string> Repeated { get; } = [];

        public string? Job { get; set; }

        public ValueTask<DelegateResult> DoAsync(DelegateContext context, CancellationToken cancel)
        {
            var items = string.Join('+', context.Items.Select(item => $"did {item.Text}"));
            if (context.Items.Any(item => item.Text == "bad"))
            {
                throw new InvalidOperationException($"bad item in {home}");
            }

            if (Job is not null && context.Items.Count > 0 && _recorded.ContainsKey(OrdinalOf(context)))
            {
                Repeated.Add(items);
            }

            return new(DelegateResult.Text(items + "\n"));
        }

        public void RememberRecorded(IStoreReader store)
        {
            foreach (var row in store.ReadTasks(Job!, 0, 100, TaskState.Succeeded))
            {
                _recorded[row.Ordinal] = true;
            }
        }

        private static int OrdinalOf(DelegateContext context) =>
            "abc".Contains(context.Items[0].Text, StringComparison.Ordinal) ? context.Index : 3 + context.Index;
    }
}
