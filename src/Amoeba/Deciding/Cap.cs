using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>Something that bounds the number of children.</summary>
/// <param name="Width">Most children that it allows; below 1 where it has no room for one.</param>
/// <param name="Name">What a person calls it, to follow "by": `the cap on programs (caps.programs)`.</param>
internal sealed record Cap(long Width, string Name)
{
    /// <summary>All that bound this job, apart from the zone, which shrinks what the others left.</summary>
    public static IReadOnlyList<Cap> Of(DecisionInput input, CellKind cell)
    {
        var machine = input.Machine;
        var caps = new List<Cap>
        {
            CellCosts.IsHeavy(cell)
                ? new Cap(machine.Heavy, "the cap on heavy children (caps.heavy)")
                : new Cap(machine.Light, "the cap on light children (caps.light)"),
            OfMemory(input),
        };
        if (input.Stages.Any(stage => stage.Program))
        {
            var others = TasksOf(input.Stages.Where(stage => !stage.Program));
            caps.Add(new Cap(machine.Programs + others, "the cap on programs (caps.programs)"));
        }
        caps.AddRange(OfQuotas(input));
        return caps;
    }

    /// <summary>
    /// More children than a model's server takes calls at once only wait, and so do more than its calls a minute keep
    /// busy, where there is work for longer than the first minute.
    /// </summary>
    private static IEnumerable<Cap> OfQuotas(DecisionInput input)
    {
        foreach (var calls in input.Stages.Where(stage => stage.Call is not null).GroupBy(stage => stage.Call!.Model))
        {
            var call = calls.First().Call!;
            var others = TasksOf(input.Stages.Where(stage => stage.Call?.Model != calls.Key));
            if (call.Concurrency is { } atOnce)
                yield return new Cap(atOnce + others, $"the calls that {call.Model} takes at once (quota.concurrency)");
            if (call.Rate is { } rate && TasksOf(calls) > rate)
            {
                var busy = Math.Ceiling(rate / 60 * calls.Max(stage => stage.Seconds));
                yield return new Cap(Math.Max(1, (long)busy) + others,
                    $"the quota of {call.Model} ({Say.Count((long)rate, "call", "calls")} a minute)");
            }
        }
    }

    /// <summary>Expected bytes of the heaviest tasks that so many children can have at once.</summary>
    public static long MemoryAt(DecisionInput input, long width)
    {
        var bytes = 0.0;
        foreach (var stage in HeaviestFirst(input))
        {
            var count = Math.Min(width, stage.Tasks);
            bytes += (double)count * stage.Memory;
            width -= count;
        }
        return bytes >= long.MaxValue ? long.MaxValue : (long)bytes;
    }

    private static List<StageInput> HeaviestFirst(DecisionInput input)
    {
        List<StageInput> stages = [.. input.Stages.Where(stage => stage.Tasks > 0)];
        stages.Sort((one, other) => other.Memory.CompareTo(one.Memory));
        return stages;
    }

    private static long TasksOf(IEnumerable<StageInput> stages)
    {
        var tasks = 0L;
        foreach (var stage in stages) tasks += stage.Tasks;
        return tasks;
    }

    private static Cap OfMemory(DecisionInput input)
    {
        var machine = input.Machine;
        var free = Math.Max(0, machine.FreeMemory - machine.ReservedMemory);
        var left = Math.Min(machine.Memory, free);
        var width = 0L;
        foreach (var stage in HeaviestFirst(input))
        {
            var fit = stage.Memory <= 0 ? stage.Tasks : Math.Min(stage.Tasks, left / stage.Memory);
            width += fit;
            left -= fit * stage.Memory;
            if (fit < stage.Tasks)
                break;
            if (width >= int.MaxValue)
                break;
        }
        if (width >= TasksOf(input.Stages))
            width = int.MaxValue;
        var heaviest = Say.Bytes(MemoryAt(input, 1));
        return new Cap(width, machine.Memory <= free
            ? $"the cap on memory of {Say.Bytes(machine.Memory)} (caps.memory) at up to {heaviest} a task"
            : $"the {Say.Bytes(free)} of memory that are free beyond the reserve, at up to {heaviest} a task");
    }
}
