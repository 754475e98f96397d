using Amoeba.Cells;
using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Workers;

/// <summary>A worker that was given up, and whose process takes its time to end.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class GivenUpTests
{
    [Fact(Timeout = 120_000)]
    public async Task What_it_still_says_of_its_task_is_not_told_and_its_end_is()
    {
        DyingCell cell = null!;
        using var rig = new CellRig((runner, _) => cell = new DyingCell(runner));
        var job = rig.Sh("true");
        var child = (WorkerChild)await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await Task.Run(() => cell.Worker.ReadTask(), TestContext.Current.CancellationToken);
        while (!cell.Worker.IsKilled) child.CheckBeat(most: 1);
        cell.Worker.SayDone();
        await cell.Worker.Heard;
        Assert.Null(rig.Events.Unheard());

        cell.Worker.Die();
        Assert.StartsWith("failed c-1: heartbeat lost: ", (string)await rig.Events.NextAsync(),
            StringComparison.Ordinal);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        Assert.Null(rig.Events.Unheard());
    }

    /// <summary>Its tree may have to be ended, and what is told then is what it died of.</summary>
    [Fact(Timeout = 120_000)]
    public async Task One_whose_process_ends_a_second_after_its_connection_died_and_closed_nothing()
    {
        DyingCell cell = null!;
        using var time = new ManualTime();
        using var rig = new CellRig((runner, _) => cell = new DyingCell(runner)) { Time = time };
        var child = await rig.ChildAsync(rig.Sh("true"));
        var before = time.Waiting;
        cell.Worker.Close();
        await Eventually.True(() => time.Waiting > before);
        time.Advance(TimeSpan.FromSeconds(1));
        cell.Worker.Die();
        Assert.Equal("failed c-1: signal KILL (9)", await rig.Events.NextAsync());
        Assert.False(cell.Worker.IsKilled);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task One_whose_connection_died_is_told_as_that_and_not_as_one_that_missed_its_beats_since()
    {
        DyingCell cell = null!;
        using var time = new ManualTime();
        using var rig = new CellRig((runner, _) => cell = new DyingCell(runner)) { Time = time };
        var child = (WorkerChild)await rig.ChildAsync(rig.Sh("true"));
        var before = time.Waiting;
        cell.Worker.Close();
        await Eventually.True(() => time.Waiting > before);
        for (var look = 0; look < 3; look++) child.CheckBeat(most: 1);
        Assert.False(cell.Worker.IsKilled);
        time.Advance(new WorkerCellOptions { Parent = "parent-1" }.Dying);
        await Eventually.True(() => cell.Worker.IsKilled);
        cell.Worker.Die();
        Assert.Equal("failed c-1: it closed its connection", await rig.Events.NextAsync());
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task Late_looks_that_come_close_upon_one_another_count_no_beat_that_nobody_missed()
    {
        DyingCell cell = null!;
        var time = new LateTime();
        using var rig = new CellRig((runner, _) => cell = new DyingCell(runner, LateTime.Beat)) { Time = time };
        var child = await rig.ChildAsync(rig.Sh("true"));
        foreach (var look in new[] { 1, 2, 2.6, 3.2 }) time.Look(look);
        Assert.False(cell.Worker.IsKilled); // what the first look heard is two beats ago
        var next = 4.0;
        await Eventually.True(() =>
        {
            time.Look(next++);
            return cell.Worker.IsKilled;
        });
        cell.Worker.Die();
        Assert.StartsWith("failed c-1: heartbeat lost: ", (string)await rig.Events.NextAsync(),
            StringComparison.Ordinal);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    /// <summary>Looks at beats when it is told to, and not when they are due.</summary>
    private sealed class LateTime : TimeProvider
    {
        internal static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

        private Action _look = static () => { };
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period == Beat) _look = () => callback(state);
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        internal void Look(double beats)
        {
            Interlocked.Exchange(ref _now, (long)(beats * 1000));
            _look();
        }
    }

    private sealed class DyingCell(AttemptRunner runner, TimeSpan? beat = null)
        : WorkerCell(runner, new WorkerCellOptions { Parent = "parent-1", Beat = beat ?? TimeSpan.FromMinutes(1) })
    {
        public DyingWorker Worker { get; private set; } = null!;

        public override CellKind Kind => CellKind.Process;

        public override string? Missing() => null;

        internal override WorkerStart Start(ChildSpec spec, int theirs, WorkerComplaints complaints)
        {
            Worker = new DyingWorker(Libc.DuplicateAtLeast(theirs, 16));
            return new WorkerStart(Worker, null);
        }
    }

    /// <summary>Its process ends when the test says so, whatever it is told.</summary>
    private sealed class DyingWorker : IWorkerRun
    {
        private readonly TaskCompletionSource<string> _end = new();
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly InheritedChannel _channel;
        private readonly int _descriptor;
        private int _asked;

        public DyingWorker(int descriptor)
        {
            (_descriptor, _channel) = (descriptor, new InheritedChannel(descriptor, descriptor));
            _channel.Write(new Hello(Protocol.Version, ["sh"]).Frame().Span);
        }

        public int? Pid => null;

        /// <summary>Asked for at its start, and again when its connection was seen to end.</summary>
        public Task<string> Completion
        {
            get
            {
                if (Interlocked.Increment(ref _asked) == 2) _heard.TrySetResult();
                return _end.Task;
            }
        }

        public bool IsKilled { get; private set; }

        /// <summary>All that it said was taken.</summary>
        public Task Heard => _heard.Task;

        public void Kill() => IsKilled = true;

        public void Die() => _end.TrySetResult("signal KILL (9)");

        public void ReadTask()
        {
            var frames = new FrameBuffer(Protocol.LongestOfParent);
            var buffer = new byte[4096];
            FrameKind kind;
            do
            {
                while (!frames.TryNext(out kind, out _)) frames.Add(buffer.AsSpan(0, _channel.Read(buffer)));
            }
            while (kind != FrameKind.Task);
        }

        /// <summary>And closes its connection.</summary>
        public void SayDone()
        {
            _channel.Write(OutcomeCodec.Write(1, new ToolOutcome(AttemptEnd.Succeeded)).Frame().Span);
            Close();
        }

        public void Close() => _ = Libc.Close(_descriptor);
    }
}
