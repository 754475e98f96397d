using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Simulating;
using Amoeba.Tests.Simulation;

namespace Amoeba.Tests.Engine;

/// <summary>
/// Where a batch of events is cut changes no outcome: the same events, cut otherwise, end the same way.
/// </summary>
public sealed class BatchCutTests
{
    [Fact]
    public void Where_batches_are_cut_never_changes_an_outcome()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var story = new Story(seed);
            var one = Outcome.Of(story.Events, story.Start, cut: _ => true);
            var chance = new Random(seed + 1);
            for (var round = 0; round < 4; round++)
            {
                var other = Outcome.Of(story.Events, story.Start, cut: _ => chance.Next(6) == 0);
                Assert.True(one == other, $"seed {seed}: {one} became {other}");
            }
        }
    }

    /// <summary>How everything ended: states of the job and of every task.</summary>
    private sealed record Outcome(string Text)
    {
        /// <summary>
        /// Replays events; a batch ends where <paramref name="cut"/> says, and always before an
        /// event that its own effects caused.
        /// </summary>
        public static Outcome Of(IReadOnlyList<Recorded> events, JobStart start, Func<int, bool> cut)
        {
            var core = Story.NewCore();
            var rows = new SortedDictionary<int, string>();
            var batch = new CommitBatch();
            JobStatusRecord? status = null;
            var begun = 0;
            for (var index = 0; index < events.Count; index++)
            {
                if (events[index].Cause >= begun || cut(index))
                {
                    Take(core, batch, rows, ref status);
                    begun = index;
                }

                core.Step(events[index].At, events[index].Event);
            }

            Take(core, batch, rows, ref status);
            return new Outcome($"{start.Record.Id} {status!.State} {status.Counts}: "
                + string.Join(' ', rows.Select(row => $"{row.Key}={row.Value}")));
        }

        private static void Take(
            EngineCore core, CommitBatch batch, SortedDictionary<int, string> rows, ref JobStatusRecord? status)
        {
            core.TakeBatch(batch);
            core.Effects.Clear();
            foreach (var row in batch.Tasks)
            {
                rows[row.Ordinal] = $"{Names.Of(row.State)}:{row.Items}";
            }

            status = batch.Jobs.Count > 0 ? batch.Jobs[^1].Status : status;
            batch.Clear();
        }
    }

    private sealed record Recorded(Moment At, EngineEvent Event, int Cause);

    /// <summary>A job played once, an event a batch, with what happened and what caused it.</summary>
    private sealed class Story
    {
        private readonly Timeline _timeline = new();
        private readonly EngineCore _core = NewCore();
        private readonly CommitBatch _batch = new();
        private readonly Random _random;
        private readonly HashSet<string> _gone = [];

        public Story(int seed)
        {
            _random = new Random(seed);
            Start = DisasterPlan.Random(_random, $"job{seed}") with { Asks = Asks.None };
            Tell(new LeaseChanged(new Lease(6, 0, 3, 1L << 30)), -1);
            Tell(new JobSubmitted(Start), -1);
            while (Events.Count < 3000 && (_timeline.Count > 0 || _core.NextDue() != long.MaxValue))
            {
                var due = _core.NextDue();
                if (due < _timeline.NextAt)
                {
                    _timeline.AdvanceTo(due);
                    Tell(TimePassed.Instance, Events.Count - 1);
                }
                else
                {
                    _timeline.Advance();
                }
            }
        }

        public JobStart Start { get; }

        public List<Recorded> Events { get; } = [];

        public static EngineCore NewCore() => new(new EngineOptions { Parent = "p", Window = 6 });

        private void Tell(EngineEvent happened, int cause)
        {
            var index = Events.Count;
            Events.Add(new Recorded(_timeline.Moment, happened, cause));
            _core.Step(_timeline.Moment, happened);
            _core.TakeBatch(_batch);
            _batch.Clear();
            var effects = _core.Effects.ToArray();
            _core.Effects.Clear();
            foreach (var effect in effects)
            {
                Respond(effect, index);
            }
        }

        private void Later(double seconds, EngineEvent happened, int cause) =>
            _timeline.Plan(TimeSpan.FromSeconds(_random.NextDouble() * seconds), () => Tell(happened, cause));

        private void Respond(Effect effect, int cause)
        {
            switch (effect)
            {
                case SpawnChild spawn: Later(0.1, new ChildReady(spawn.Spec.Id, null), cause); break;
                case StartAttempt start when _random.Next(12) == 0:
                    Later(3, new ChildFailed(start.Order.Child, "signal"), cause);
                    break;
                case StartAttempt start:
                    var end = _random.Next(5) == 0 ? AttemptEnd.Failed : AttemptEnd.Succeeded;
                    Later(4, new AttemptEnded(new AttemptResult(start.Order, end) { Error = "exit 1" }), cause);
                    break;
                case DestroyChild destroy when _gone.Add(destroy.Child):
                    Later(0.1, new ChildGone(destroy.Child), cause); break;
                case MergeResults merge:
                    Later(0.1, new MergeEnded(merge.Job, merge.Number, OutputRef.None, null), cause); break;
            }
        }
    }
}
