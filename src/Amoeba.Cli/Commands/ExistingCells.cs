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

    /// <summary>Something of it runs for sure.</summary>
    public static bool Lives(ExistingCell cell) =>
        cell.State == Names.Of(ChildState.Busy)
        || cell.State is DetachedRemains.Orphaned or DockerRemains.Running;

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
    /// <param name="workplace">What the command works with.</param>
    /// <param name="kinds">Of these kinds.</param>
    /// <param name="job">Of this job; null is all.</param>
    /// <param name="children">Those that a parent speaks for.</param>
    public static async Task<IReadOnlyList<ExistingCell>> WithoutParentAsync(
        Workplace workplace, IEnumerable<ICellRemains> kinds, string? job, IReadOnlyList<ChildView> children)
    {
        var known = children.Select(child => child.Record.Id).ToHashSet(StringComparer.Ordinal);
        var cells = new List<ExistingCell>();
        foreach (var kind in kinds.Where(kind => kind.MayHaveAny))
        {
            var found = (await kind.ListAsync(CancellationToken.None)).ToList();
            if (kind.NotAsked is not null) found.AddRange(Left(workplace, kind.Kind, found));
            cells.AddRange(found.Where(cell => (job is null || cell.Job == job) && !known.Contains(cell.Id)));
            if (kind.NotAsked is not { } why) continue;
            var others = found.Count == 0 ? "" : "other ";
            workplace.Warn([$"{others}{Names.Of(kind.Kind)} cells that have no parent are not shown: {why}"]);
        }

        return cells;
    }

    /// <summary>Those that the store still has of parents that crashed.</summary>
    private static List<ExistingCell> Left(Workplace workplace, CellKind kind, List<ExistingCell> found) =>
    [
        .. workplace.ChildrenOf(workplace.DeadParents())
            .Where(child => child.Cell == kind && !found.Exists(cell => cell.Id == child.Id))
            .Select(child => new ExistingCell(child.Id, kind, child.Job, ExistingCell.Unknown, null)
            {
                Parent = child.Parent,
                Started = child.Started,
            }),
    ];
}
