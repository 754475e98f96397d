using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Simulating;
using Amoeba.Tests.Deciding;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Simulating;

public sealed class AlikeTasksTests
{
    private const int Least = 20;

    [Fact]
    public void Jumping_over_rounds_gives_what_playing_every_task_gives()
    {
        var jobs =
            from tasks in Gen.Choose(1, 3000)
            from batch in Gen.Choose(1, 3)
            from milliseconds in Gen.Choose(0, 2000)
            from share in Gen.Elements(0, 0.3, 1, 1.5)
            from program in Gen.Elements(true, false)
            from megabytes in Gen.Elements(0, 1, 100)
            from merge in Gen.Elements(true, false)
            select (tasks, batch, milliseconds, share, program, megabytes, merge);
        Check.QuickThrowOnFailure(Prop.ForAll(jobs.ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (job, width) =>
        {
            var start =
                Start(job.tasks, job.batch, job.milliseconds / 1000f, job.share, job.program, job.megabytes, job.merge);
            SimulatedRun All(JobStart part) => Simulator.PlayAll(part, width, Options, SimulationWatch.None);
            var (played, jumped) = (All(start), AlikeTasks.Play(start, All, Least));
            Assert.Equal(played.MakespanSeconds, jumped.MakespanSeconds, 1e-6 * (1 + played.MakespanSeconds));
            Assert.Equal(played.SequentialSeconds, jumped.SequentialSeconds, 1e-6 * (1 + played.SequentialSeconds));
            Assert.Equal(played.PeakMemoryBytes, jumped.PeakMemoryBytes);
            Assert.Equal(played.MostAtOnce, jumped.MostAtOnce);
            Assert.Equal(played.Timeline.Take(Least), jumped.Timeline.Take(Least));
        }));
    }

    [Fact]
    public void Ten_million_tasks_are_not_played_one_by_one()
    {
        var playedTasks = 0;
        SimulatedRun Part(JobStart start)
        {
            playedTasks += start.Stages[0].Units;
            return Simulator.PlayAll(start, 8, Options, SimulationWatch.None);
        }

        var run = AlikeTasks.Play(Start(10_000_000, 1, 0.5f, 0, false, 1, false), Part);
        Assert.InRange(playedTasks, 1, 100_000);
        Assert.Equal(10_000_000 / 8 * 0.5, run.MakespanSeconds, 0.01);
        Assert.Equal(5_000_000, run.SequentialSeconds, 0.01);
        Assert.Equal(SimulatedRun.MostSpans, run.Timeline.Count);
    }

    /// <summary>A merge by a model is its parent's own work, as the decision reckons too.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0.25)]
    public void Only_what_a_worker_does_takes_one_to_begin(bool isProgram, double begin)
    {
        var start = Start(4, 1, 2, 0, false, 1, true);
        start = start with
        {
            Stages = [start.Stages[0], start.Stages[1] with { Program = isProgram }],
            Decision = start.Decision with { Cell = CellKind.Detached },
        };
        var run = Simulator.PlayAll(start, 2, Options, SimulationWatch.None);
        Assert.Equal(4 * 2.25 + 1 + begin, run.SequentialSeconds, 1e-6);
    }

    [Fact]
    public void Tasks_over_their_limit_are_played_to_the_end()
    {
        var played = 0;
        var start = Start(500, 1, 2, 0, false, 1, false);
        start = start with { Stages = [start.Stages[0] with { Timeout = TimeSpan.FromSeconds(1) }] };
        AlikeTasks.Play(start, part => Simulator.PlayAll(part, 4, Options, new SimulationWatch(_ => { }, default)) with
        {
            Children = played = part.Stages[0].Units,
        }, Least);
        Assert.Equal(500, played);
    }

    [Fact]
    public void A_budget_of_time_ends_the_job_in_the_rounds_that_would_be_jumped_over_too()
    {
        var start =
            Start(500, 1, 1, 0, false, 1,
                false) with
            { Budget = BudgetSpec.None with { Time = TimeSpan.FromSeconds(100) } };
        var run = AlikeTasks.Play(start, part => Simulator.PlayAll(part, 4, Options, SimulationWatch.None), Least);
        Assert.Equal(100, run.MakespanSeconds, 0.1);
    }

    [Fact]
    public void A_simulation_ends_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var watch = new SimulationWatch(_ => cancel.Cancel(), cancel.Token);
        var start = Start(20_000, 1, 1, 0, false, 1, false);
        Assert.Throws<OperationCanceledException>(() => Simulator.PlayAll(start, 4, Options, watch));
    }

    private static EngineOptions Options { get; } = new() { Parent = "p", Lease = new Lease(64, 10, 7, 1L << 30) };

    private static JobStart Start(
        int tasks, int batch, float seconds, double share, bool program, int megabytes, bool merge)
    {
        var stage = new StagePlan
        {
            Id = "each",
            First = 0,
            Items = tasks,
            Batch = batch,
            Seconds = seconds,
            Program = program,
            Memory = (long)megabytes << 20,
        };
        var merging =
            new StagePlan { Id = "merge", First = tasks, Items = 1, Needs = [0], IsMerge = true, Seconds = 1 };
        var input = Given.Job(null, Given.Stage(stage.Units, seconds) with { CpuShare = share, CpuAssumed = false });
        return new JobStart
        {
            Record = new JobRecord
            {
                Id = "job",
                Name = "job",
                Type = "job",
                PlanJson = "{}",
                OptionsJson = "{}",
                Folder = "/",
                StagesJson = "[]",
                Created = DateTimeOffset.UnixEpoch,
                Seed = 1,
            },
            Stages = merge ? [stage, merging] : [stage],
            Decision = Decider.Decide(input),
            Merge = merge ? MergeWay.Task : MergeWay.None,
        };
    }
}
