using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Remains;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>The children of living parents, and the cells that are there without one.</summary>
internal static class ExistingCells
{
    /// <summary>
    /// Children as the store has them; what is known of their processes from disk alone is filled in.
    /// </summary>
    public static IReadOnlyList<ChildView> Children(Workplace workplace, string? job)
    {
        var pids = workplace.Detached.List(job).Where(cell => cell.Pid is not null)
            .ToDictionary(cell => cell.Id, cell => cell.Pid);
        return [.. workplace.Reader.Children(job).Select(child => pids.TryGetValue(child.Record.Id, out var pid)
            ? child with { Record = child.Record with { Pid = pid } }
            : child)];
    }

    public static ChildView ViewOf(ExistingCell cell)
    {
        var state = cell.State == DetachedRemains.Orphaned ? ChildState.Failed : ChildState.Busy;
        return new ChildView(new ChildRecord(
            cell.Id, cell.Job, cell.Parent ?? "", cell.Kind, state, cell.Pid,
            cell.Started ?? DateTimeOffset.UnixEpoch), state, null);
    }

    /// <summary>What it works on, as the store has it; null where that cannot be told.</summary>
    public static TaskView? TaskOf(JobReader reader, ExistingCell cell) =>
        cell.Task is { } ordinal && reader.FindById(cell.Job) is { } job ? reader.Task(job, ordinal) : null;

    /// <summary>Those that no parent speaks for; warns of a kind that could not be asked.</summary>
    public static async Task<IReadOnlyList<ExistingCell>> WithoutParentAsync(
        Workplace workplace, string? job, IReadOnlyList<ChildView> children)
    {
        var known = children.Select(child => child.Record.Id).ToHashSet(StringComparer.Ordinal);
        var cells = new List<ExistingCell>();
        foreach (var kind in workplace.Remains.Where(kind => kind.MayHaveAny))
        {
            cells.AddRange((await kind.ListAsync(CancellationToken.None))
                .Where(cell => (job is null || cell.Job == job) && !known.Contains(cell.Id)));
            if (kind.NotAsked is { } why)
                workplace.Warn([$"{Names.Of(kind.Kind)} cells that have no parent are not shown: {why}"]);
        }

        return cells;
    }
}
