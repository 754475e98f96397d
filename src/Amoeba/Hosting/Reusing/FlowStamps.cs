using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// Takes the stamps of files that items name which flow from another task's results: as they come, before any of them
/// is worked on. One thread at a time.
/// </summary>
internal sealed class FlowStamps(Reuse reuse, TimeProvider time)
{
    private (string Job, int Stage, NamedFiles? Files)? _last;

    /// <param name="job">The job.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="folder">Where its tasks work.</param>
    /// <param name="stage">Place in the plan of the task whose items they are.</param>
    /// <param name="items">They.</param>
    /// <param name="first">Number of the first of them among the task's.</param>
    /// <exception cref="IOException">The stamps cannot be kept.</exception>
    public void Take(string job, PlanSpec plan, string folder, int stage, IReadOnlyList<Item> items, long first)
    {
        if (_last is not { } last || last.Job != job || last.Stage != stage)
        {
            last =
                (job, stage, ReusableStage.CanBe(plan.Tasks[stage]) ? new NamedFiles(plan, plan.Tasks[stage]) : null);
            _last = last;
        }

        if (last.Files is not { } named) return;
        var live = reuse.Live(folder);
        var taken = new List<(string, ulong)>();
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var name in named.Of(items[i], first + i))
            {
                if (live.File(name) is { } stamp) taken.Add((LiveNames.OfFile(name), StampTaker.DigestOf(stamp, time)));
            }
        }

        Stamps.Append(reuse.SpoolOf(job), taken);
    }
}
