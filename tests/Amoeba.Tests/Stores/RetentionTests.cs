using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Outputs;
using Amoeba.Stores;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Stores;

public sealed class RetentionTests : IDisposable
{
    private readonly TempFolder _home = new();
    private readonly MemoryStore _store = new();
    private readonly ManualTime _time = new();
    private readonly FileOutputs _outputs;

    public RetentionTests()
    {
        _outputs = new FileOutputs(_home["outputs"], _time);
        Directory.CreateDirectory(_home["spool"]);
        Directory.CreateDirectory(_home["logs"]);
    }

    public void Dispose()
    {
        _outputs.Dispose();
        _store.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void Old_jobs_go_with_everything_they_left_and_others_stay()
    {
        Add("old", JobState.Succeeded, daysAgo: 31);
        Add("young", JobState.Failed, daysAgo: 29);
        Add("waiting", JobState.AwaitingApproval, daysAgo: null);
        Add("running", JobState.Running, daysAgo: null);
        Assert.Equal(["old"], Run(_store));
        Assert.Equal(["running", "waiting", "young"], _store.FindJobIds("", 10));
        Assert.Equal(["running", "waiting", "young"], Names("outputs"));
        Assert.Equal(["running", "waiting", "young"], Names("spool"));
        Assert.Empty(Run(_store));
    }

    [Fact]
    public void The_newest_jobs_stay_however_old()
    {
        Add("a", JobState.Succeeded, daysAgo: 300);
        Add("b", JobState.Succeeded, daysAgo: 200);
        Assert.Equal(["a"], Run(_store, new RetentionOptions { KeepNewest = 1 }));
    }

    [Fact]
    public void A_run_is_bounded()
    {
        for (var i = 0; i < 5; i++)
            Add($"j{i}", JobState.Succeeded, daysAgo: 100 - i);
        Assert.Equal(["j0", "j1"], Run(_store, new RetentionOptions { KeepNewest = 0, Batch = 2 }));
    }

    [Fact]
    public void What_was_cut_short_at_any_call_is_finished_by_the_next_run()
    {
        for (var dies = 1; ; dies++)
        {
            Add("old", JobState.Succeeded, daysAgo: 31);
            var (at, died) = (dies, false);
            var store = FaultProxy.Wrap<IStore>(_store, before: (_, call) =>
            {
                if (call != at)
                    return;
                died = true;
                throw new IOException("power cut");
            });
            if (died = Record.Exception(() => Run(store)) is not null)
                Assert.Equal(["old"], Run(_store));
            Assert.Empty(_store.FindJobIds("", 10));
            Assert.Empty(Names("outputs"));
            Assert.Empty(Names("spool"));
            if (!died)
                return;
        }
    }

    [Fact]
    public void A_job_that_another_living_parent_holds_is_left_to_it()
    {
        Add("old", JobState.Succeeded, daysAgo: 31, released: false);
        _store.AddParent(Rows.Parent("p"));
        Assert.Empty(Run(_store));
        _store.RemoveParent("p");
        Assert.Equal(["old"], Run(_store));
    }

    [Fact]
    public void Old_logs_and_spools_without_a_job_go()
    {
        File.WriteAllText(_home["logs/old.log"], "x");
        File.SetLastWriteTimeUtc(_home["logs/old.log"], _time.GetUtcNow().UtcDateTime.AddDays(-15));
        File.WriteAllText(_home["logs/new.log"], "x");
        File.SetLastWriteTimeUtc(_home["logs/new.log"], _time.GetUtcNow().UtcDateTime.AddDays(-13));
        Directory.CreateDirectory(_home["spool/never"]);
        Directory.SetLastWriteTimeUtc(_home["spool/never"], _time.GetUtcNow().UtcDateTime.AddDays(-2));
        Directory.CreateDirectory(_home["spool/now"]);
        Directory.SetLastWriteTimeUtc(_home["spool/now"], _time.GetUtcNow().UtcDateTime);
        Run(_store);
        Assert.Equal(["new.log"], Names("logs"));
        Assert.Equal(["now"], Names("spool"));
    }

    private IReadOnlyList<string> Run(IStore store, RetentionOptions? options = null) => new Retention(
        store, _outputs, _home["spool"], _home["logs"], "me", _time,
        options ?? new RetentionOptions { KeepNewest = 0 }).RunOnce();

    private void Add(string id, JobState state, int? daysAgo, bool released = true)
    {
        var job = Rows.Job(id) with { Created = _time.GetUtcNow().AddDays(-daysAgo ?? 0) };
        var finished = daysAgo is { } days ? (DateTimeOffset?)_time.GetUtcNow().AddDays(-days) : null;
        var status = Rows.Status(state) with { Finished = finished };
        _store.Commit([new JobWrite(id, "p", 1, job, status, released)]);
        using var writer = _outputs.Open(id, 0, 1, long.MaxValue);
        writer.Write(new byte[10_000]);
        writer.Complete();
        Directory.CreateDirectory(_home[$"spool/{id}"]);
        File.WriteAllText(_home[$"spool/{id}/items"], "items");
    }

    private IEnumerable<string?> Names(string folder) =>
        Directory.GetFileSystemEntries(_home[folder]).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
