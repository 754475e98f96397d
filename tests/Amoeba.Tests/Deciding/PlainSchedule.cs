using Amoeba.Deciding;

namespace Amoeba.Tests.Deciding;

/// <summary>
/// List scheduling task by task, as slow as it is plain: what <see cref="Schedule"/> has to agree with.
/// </summary>
internal static class PlainSchedule
{
    private const double Tiny = 1e-9;

    private sealed class Work(int stage, double left)
    {
        public int Stage => stage;

        public double Left { get; set; } = left;
    }

    public static double Seconds(IReadOnlyList<StageInput> stages, double processors, int width)
    {
        var queues = stages.Select(stage => new Queue<double>(Lengths(stage).OrderDescending())).ToArray();
        var open = stages.Select(stage => stage.Tasks).ToArray();
        var released = new double?[stages.Count];
        var running = new List<Work>();
        var now = 0.0;
        while (true)
        {
            for (var stage = 0; stage < stages.Count; stage++)
                if (stages[stage].Needs.All(need => Ended(stages, open, need)))
                    released[stage] ??= now;
            while (running.Count < width && NextReady(queues, released) is { } stage)
                running.Add(new Work(stage, queues[stage].Dequeue()));
            if (running.Count == 0)
                return now;

            var share = running.Sum(work => stages[work.Stage].CpuShare);
            double Speed(Work work) => stages[work.Stage].CpuShare > 0 && share > processors ? processors / share : 1;
            var step = running.Min(work => work.Left / Speed(work));
            now += step;
            foreach (var work in running)
                work.Left -= step * Speed(work);
            foreach (var ended in running.Where(work => work.Left <= Tiny))
                open[ended.Stage]--;
            running.RemoveAll(work => work.Left <= Tiny);
        }
    }

    private static IEnumerable<double> Lengths(StageInput stage) =>
        stage.EachSeconds?.Select(seconds => (double)seconds) ?? Enumerable.Repeat(stage.Seconds, stage.Tasks);

    private static int? NextReady(Queue<double>[] queues, double?[] released)
    {
        var ready = Enumerable.Range(0, queues.Length)
            .Where(stage => released[stage] is not null && queues[stage].Count > 0);
        return ready.OrderBy(stage => released[stage]).ThenByDescending(stage => queues[stage].Peek())
            .Select(stage => (int?)stage).FirstOrDefault();
    }

    private static bool Ended(IReadOnlyList<StageInput> stages, int[] open, int stage) =>
        open[stage] == 0 && stages[stage].Needs.All(need => Ended(stages, open, need));
}
