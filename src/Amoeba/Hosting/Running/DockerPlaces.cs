using Amoeba.Cells;
using Amoeba.Cells.Docker;
using Amoeba.Hosting.Binding;
using Amoeba.Processes;
using Microsoft.Extensions.Logging;

namespace Amoeba.Hosting.Running;

/// <summary>What the containers of a parent's jobs see of this machine.</summary>
/// <param name="client">The docker client.</param>
/// <param name="contexts">The jobs that are hosted here.</param>
/// <param name="state">The home, or the folder of a parent that has none.</param>
/// <param name="outputs">Where in it outputs are kept.</param>
internal sealed class DockerPlaces(
    DockerClient client, Func<string, JobContext?> contexts, string state, string outputs)
{
    /// <summary>For an answer, where a person waits for it: a daemon that hangs is given up soon.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public DockerClient Client => client;

    /// <param name="runner">Runs its attempts.</param>
    /// <param name="parent">The parent's id.</param>
    /// <param name="home">The parent's; null without one.</param>
    /// <param name="log">The parent's.</param>
    /// <param name="doubted">Hears of a container that may run on.</param>
    public DockerCell Cell(
        AttemptRunner runner, string parent, string? home, ILogger log, Action<DoubtedContainer> doubted) =>
        new(runner, client, new DockerCellOptions
        {
            Parent = parent,
            Home = home,
            Place = PlaceOf,
            Doubted = doubted,
            Lives = other => home is null || ParentLock.IsHeld(ParentLock.PathOf(home, other)),
            Patience = TimeSpan.FromMinutes(1),
            Log = log,
        });

    /// <summary>Ends the containers of a parent that is gone, before anything of its jobs begins again.</summary>
    /// <returns>Null where none is left; else what is in the way: some may still run then.</returns>
    public Task<string?> RemoveOfAsync(string parent, CancellationToken cancel) =>
        Containers.RemoveLeftAsync(client, ContainerOwner.OfParent(parent), static _ => true, cancel, Patience);

    /// <summary>Why docker cannot be asked about any container; null where it can.</summary>
    public async Task<string?> WhyNotAskedAsync(CancellationToken cancel) =>
        await Containers.WhyNotAskedAsync(client, cancel, Patience);

    /// <summary>Null where tasks in a container may write to the folder.</summary>
    public static string? ReadOnlyWarning(string folder)
    {
        var user = ContainerUser.Of(folder);
        return user.MayUse(folder) is (true, false)
            ? $"tasks in a container never run as root but as user {user}, who may read {folder} and not write to it; "
                + "run Amoeba as another user, or give the folder to one (chown)"
            : null;
    }

    private ContainerPlace PlaceOf(string job)
    {
        var context = contexts(job) ?? throw new InvalidOperationException($"Job {job} is not hosted here.");
        var limits = context.Plan.Tasks.Select(task => task.Limits).ToList();
        // A model's merge is no program, and runs in the parent.
        if (context.Plan.Merge is { Run: not null } merge) limits.Add(merge.Limits);
        return new ContainerPlace
        {
            Image = context.Image ?? throw new InvalidOperationException($"Job {job} was accepted without an image."),
            Folder = context.Folder,
            Inputs = InputsOf(context),
            Covered = StateInSight.In(context.Folder, state) is { } inSight ? [inSight] : [],
            Memory = limits.Max(limit => limit.Memory),
            Processes = limits.Max(limit => limit.Processes),
            // Held by the kernel where every task has a line; the lowest is held by the worker.
            Cpus = limits.All(limit => limit.Cpu is not null) ? limits.Max(limit => limit.Cpu) : null,
            Network = context.Plan.Network,
        };
    }

    /// <summary>
    /// Where what tasks need of others lies; made here, because only what is there can be given to a container.
    /// </summary>
    private string? InputsOf(JobContext context)
    {
        if (context.Plan.Merge?.Run is null && context.Plan.Tasks.All(task => task.Needs.Count == 0)) return null;
        return Directory.CreateDirectory(JobInputs.FolderOf(outputs, context.Id)).FullName;
    }
}
