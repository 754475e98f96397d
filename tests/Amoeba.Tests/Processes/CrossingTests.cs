using System.Collections;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>What crosses an end: a start that of its launcher, a time limit that of its program.</summary>
public sealed class CrossingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_start_that_crosses_the_end_of_its_launcher_starts_nothing()
    {
        using var launcher = new ProgramLauncher(TimeProvider.System);
        using var descriptors = new HeldList();
        var start = new ProgramStart("/bin/true", [], [], "/") { ExtraDescriptors = descriptors };
        var starting = Task.Factory.StartNew(() => launcher.Start(start, new Sink()),
            Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await descriptors.Asked;
        launcher.Dispose();
        descriptors.GoOn();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => starting);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_ended_by_itself_did_not_time_out_however_late_that_is_looked_at()
    {
        var time = new LateTime();
        using var launcher = new ProgramLauncher(time);
        time.HasEnded = () => launcher.Running.Count == 0;
        var start = new ProgramStart("/bin/sh", ["-c", "echo done"], ["PATH=/usr/bin:/bin"], "/");
        var (run, _) = await launcher.CaptureAsync(start, 1000, LateTime.Limit, Cancel);
        Assert.True(time.HasRung);
        Assert.Equal((0, false), (run!.Exit.Code, run.TimedOut));
        Assert.Equal("done\n"u8.ToArray(), run.Stdout);
    }

    /// <summary>Nothing is in it, which it tells when it may.</summary>
    private sealed class HeldList : IReadOnlyList<int>, IDisposable
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _goOn = new();

        public Task Asked => _asked.Task;

        public int Count
        {
            get
            {
                _asked.TrySetResult();
                _goOn.Wait();
                return 0;
            }
        }

        public int this[int index] => throw new ArgumentOutOfRangeException(nameof(index));

        public void GoOn() => _goOn.Set();

        public IEnumerator<int> GetEnumerator() => Enumerable.Empty<int>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose() => _goOn.Dispose();
    }

    /// <summary>Its time limit passes when the program has ended, and before anybody has looked at that.</summary>
    private sealed class LateTime : TimeProvider
    {
        internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(77);

        internal Func<bool> HasEnded { get; set; } = static () => true;

        internal bool HasRung { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Limit)
            {
                HasRung = SpinWait.SpinUntil(HasEnded, Programs.Patience);
                callback(state);
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }
    }
}
