using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// Takes the stamps of what a job is given by name while it is accepted, so that a later job can tell whether it
/// changed since. Nothing is taken for tasks that are never reused.
/// </summary>
internal sealed class StampTaker
{
    private readonly NamedFiles?[] _files;
    private readonly LiveNames _live;
    private readonly TimeProvider _time;
    private readonly Stamps _stamps = new();

    public StampTaker(PlanSpec plan, LiveNames live, TimeProvider time)
    {
        (_live, _time) = (live, time);
        _files = [.. plan.Tasks.Select(task => ReusableStage.CanBe(task) ? new NamedFiles(plan, task) : null)];
        if (plan.Merge is { IsTask: true })
            TakeFixed(plan, ReusableMerge.TaskOf(plan), new NamedFiles(plan, ReusableMerge.TaskOf(plan)));
        for (var i = 0; i < _files.Length; i++)
        {
            if (_files[i] is not { } files) continue;
            TakeFixed(plan, plan.Tasks[i], files);
            if (plan.Tasks[i].Each is MatrixEach matrix)
            {
                foreach (var value in matrix.Axes.SelectMany(axis => axis.Value)) TakeFile(value);
            }
        }
    }

    public void See(int task, Item item, long index)
    {
        if (_files[task] is not { } files) return;
        foreach (var name in files.Of(item, index)) TakeFile(name);
    }

    /// <summary>Keeps them with the job.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(string spool) => _stamps.Write(spool);

    /// <summary>What is the same for all of a task's items.</summary>
    private void TakeFixed(PlanSpec plan, TaskSpec task, NamedFiles files)
    {
        foreach (var name in files.Programs) Take(LiveNames.OfProgram(name), () => _live.Program(name));
        foreach (var name in files.Fixed) TakeFile(name);
        foreach (var name in new ReusableStage(plan, task, "").Models)
            _stamps.Add(LiveNames.OfModel(name), _live.Model(name));
    }

    private void TakeFile(string name) => Take(LiveNames.OfFile(name), () => _live.File(name));

    private void Take(string name, Func<FileStamp?> look)
    {
        if (!_stamps.Has(name) && look() is { } stamp) _stamps.Add(name, DigestOf(stamp, _time));
    }

    /// <summary>What is kept of a stamp that is taken now.</summary>
    internal static ulong DigestOf(FileStamp stamp, TimeProvider time) =>
        time.GetUtcNow() - stamp.Written > FileStamp.ClockTick ? stamp.Digest : Stamps.Unsure;
}
