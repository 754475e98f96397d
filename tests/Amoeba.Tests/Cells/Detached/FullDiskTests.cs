using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>No room where parent and worker of a detached attempt write what they have to say to each other.</summary>
[Collection("cells")] // their programs load the machine, and orphans are told apart by what else runs
public sealed class FullDiskTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-full-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact]
    public void Signs_of_life_and_the_result_need_no_room_that_was_not_taken_before()
    {
        using var disk = SmallDisk.Mount(Root, 1 << 20);
        var folder = DetachedFolder.Of(Root, "job", 0, 1, 0);
        folder.Make();
        DetachedBeats.Write(folder, 1, 1);
        DetachedResult.Reserve(folder);
        Fill(Root);
        Assert.ThrowsAny<IOException>(() => DetachedFolder.WriteWhole(folder.Status, new byte[100]));

        DetachedBeats.Write(folder, 2, 7);
        var beat = File.ReadAllBytes(folder.Beat);
        Assert.Equal((2L, 7L),
            (BitConverter.ToInt64(beat, beat.Length - (2 * sizeof(long))),
                BitConverter.ToInt64(beat, beat.Length - sizeof(long))));
        new DetachedResult(new ToolOutcome(AttemptEnd.Failed, new string('e', 8000)), 5, default, null).Write(folder);
        var read = DetachedResult.Read(folder)!;
        Assert.Equal((AttemptEnd.Failed, 8000, 5L), (read.Outcome.End, read.Outcome.Error!.Length, read.OutputBytes));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_task_that_fills_it_fails_with_that_reason_and_the_others_go_on()
    {
        using var disk = SmallDisk.Mount(Root, 2 << 20);
        await using var parent = Open();
        var job =
            await SubmitAsync(parent, "if [ $AMOEBA_ITEM = big ]; then head -c 9000000 /dev/zero; else echo fine; fi",
                "\"big\", \"small\"");
        Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(job, Cancel));
        var rows = parent.Store.ReadTasks(job, 0, 9);
        Assert.Equal([(TaskState.Failed, 2), (TaskState.Succeeded, 1)], rows.Select(row => (row.State, row.Attempt)));
        Assert.StartsWith("output: ", rows[0].Error, StringComparison.Ordinal);
        Assert.Contains("No space left on device", rows[0].Error, StringComparison.Ordinal);
        await Eventually.True(() => DetachedFolder.List(Root, null).Count == 0);
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_workers_have_no_room_to_begin_the_job_stops_until_there_is_some()
    {
        // The task fits, the room for its result does not.
        using var disk = SmallDisk.Mount(Root, 96 << 10);
        await using var parent = Open();
        var job = await SubmitAsync(parent, "touch ran", "\"x\"");
        Assert.Equal(JobState.Interrupted, await parent.WhenSettledAsync(job, Cancel));
        var row = parent.Store.FindTask(job, 0)!;
        Assert.Equal((TaskState.Waiting, 6, 0), (row.State, row.Attempt, row.Failures));
        Assert.All(row.Earlier, attempt =>
            Assert.StartsWith("it did not begin: exit 5: ", attempt.Error, StringComparison.Ordinal));
        var status = parent.Store.FindJob(job)!.Status;
        Assert.StartsWith("stopped, something is missing: exit 5: ", status.Reason, StringComparison.Ordinal);
        Assert.Contains(Root, status.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_home, "ran")));
        await Eventually.True(() => DetachedFolder.List(Root, null).Count == 0);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_parent_that_cannot_hand_a_task_over_stops_and_leaves_a_job_that_is_resumed_when_there_is_room()
    {
        string job;
        using (SmallDisk.Mount(Root, 64 << 10))
        {
            Fill(Root);
            await using var parent = Open();
            job = await SubmitAsync(parent, "echo done", "\"x\", \"y\"");
            var failed = await Assert.ThrowsAsync<StoreUnusableException>(() => parent.Failed.WaitAsync(Cancel));
            Assert.Contains("full", failed.Message, StringComparison.Ordinal);
            Assert.Contains($"amoeba resume {job}", failed.Message, StringComparison.Ordinal);
        }

        await using var next = Open();
        await next.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(job, Cancel));
        Assert.All(next.Store.ReadTasks(job, 0, 9),
            row => Assert.Equal((TaskState.Succeeded, 0), (row.State, row.Failures)));
    }

    private string Root => DetachedFolder.RootOf(Path.Combine(_home, "home"));

    private static void Fill(string folder)
    {
        using var file = File.Create(Path.Combine(folder, "fill"), bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // That is the point.
        }
    }

    private Parent Open() => Parent.Open(new ParentOptions
    {
        Home = Path.Combine(_home, "home"),
        Environment = EnvironmentBuilder.OfThisProcess(),
        Zones = new(Off: true),
    });

    private async Task<string> SubmitAsync(Parent parent, string text, string items) =>
        (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
            { "name": "n", "each": [{{items}}], "cell": "detached", "children": 1, "limits": { "retries": 1 }, "do": { "sh": "{{text}}" } }
            """, "test"),
            Folder = _home,
            By = "test",
        }, Cancel)).Job;
}
