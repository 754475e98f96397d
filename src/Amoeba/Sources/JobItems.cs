using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// The items of a job, by stage and number, after it was spooled: the same ones whatever became of their sources.
/// </summary>
internal sealed class JobItems : IDisposable
{
    private readonly IItems?[] _stages;
    private readonly SpoolFile? _file;

    private JobItems(IItems?[] stages, SpoolFile? file) => (_stages, _file) = (stages, file);

    /// <param name="plan">The job's plan; inline items may have been left out.</param>
    /// <param name="stages">What <see cref="ItemSpooler"/> returned.</param>
    /// <param name="target">The job's folder under `spool`.</param>
    /// <exception cref="InvalidDataException">The spool is missing or damaged.</exception>
    public static JobItems Open(PlanSpec plan, IReadOnlyList<StageManifest> stages, string target)
    {
        var needed = stages.Any(stage => stage is { Stored: true, Count: > 0 });
        var file = needed ? new SpoolFile(target) : null;
        if (file is not null && file.Count < stages.Where(stage => stage.Stored).Sum(stage => stage.Count))
        {
            file.Dispose();
            throw new InvalidDataException($"{target}: the spool holds fewer items than the job has.");
        }

        return new JobItems([.. plan.Tasks.Select((task, i) => Stage(task, stages[i], file))], file);
    }

    /// <summary>The items of one entry of the plan; null where it has no `each`.</summary>
    public IItems? this[int stage] => _stages[stage];

    public void Dispose() => _file?.Dispose();

    private static IItems? Stage(TaskSpec task, StageManifest stage, SpoolFile? file) => task.Each switch
    {
        null => null,
        RangeEach range => new RangeItems(range),
        MatrixEach matrix => new MatrixItems(matrix),
        _ when file is null => new RangeItems(new RangeEach(1, 0, 1)),
        _ => new SpooledItems(file, stage.First, stage.Count),
    };
}
