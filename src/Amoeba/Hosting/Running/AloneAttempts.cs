using Amoeba.Cells.Detached;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>
/// What detached attempts use of the shared caps while no parent has them: their last one's lease went with it, and the
/// next one's has them from the moment it takes their job. Every parent leaves that much of the caps alone.
/// </summary>
internal sealed class AloneAttempts(string? home, IStoreReader store)
{
    private readonly string? _root = home is null ? null : DetachedFolder.RootOf(home);

    /// <summary>What they use, as of now.</summary>
    public Lease Look()
    {
        if (_root is null || !Directory.Exists(_root)) return default;
        var parents = store.ListParents().Select(parent => parent.Id).ToHashSet(StringComparer.Ordinal);
        var used = default(Lease);
        foreach (var job in DetachedFolder.List(_root, job: null).GroupBy(folder => folder.Job))
        {
            // One that died and is not buried yet still holds its lease.
            if (store.FindJob(job.Key) is { } stored && (stored.Owner is null || !parents.Contains(stored.Owner)))
                used = Sum(used, Of(stored, job));
        }

        return used;
    }

    private static Lease Of(StoredJob job, IEnumerable<DetachedFolder> folders)
    {
        var (heavy, programs, memory) = (0, 0, 0L);
        IReadOnlyList<StageManifest>? manifests = null;
        IReadOnlyList<StageInput>? stages = null;
        foreach (var attempt in folders.GroupBy(folder => (folder.Ordinal, folder.Attempt)))
        {
            var last = attempt.Last();
            if (File.Exists(last.Result) || DetachedClaim.Read(last)?.IsAliveIn(last) != true) continue;
            manifests ??= StageManifest.FromJson(job.Record.StagesJson);
            stages ??= job.Status.DecisionJson is { } decision ? DecisionJson.Read(decision).Input.Stages : [];
            var stage = StageOf(manifests, attempt.Key.Ordinal);
            heavy++;
            programs += stage < stages.Count && !stages[stage].Program ? 0 : 1;
            memory += stage < stages.Count ? stages[stage].Memory : 0;
        }

        return new Lease(0, heavy, programs, memory);
    }

    private static int StageOf(IReadOnlyList<StageManifest> manifests, int ordinal)
    {
        var stage = 0;
        for (; stage < manifests.Count && ordinal >= manifests[stage].Space; stage++) ordinal -= manifests[stage].Space;
        return stage;
    }

    private static Lease Sum(Lease one, Lease other) =>
        new(one.Light + other.Light, one.Heavy + other.Heavy, one.Programs + other.Programs, one.Memory + other.Memory);
}
