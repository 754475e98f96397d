using Amoeba.Cells.Docker;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Remains;

/// <summary>Containers of children, found by the labels of this home.</summary>
/// <param name="client">The docker client.</param>
/// <param name="home">The home.</param>
/// <param name="lives">Whether a parent of this home, or its guardian, is still there.</param>
internal sealed class DockerRemains(DockerClient client, string home, Func<string, bool> lives) : ICellRemains
{
    /// <summary>For an answer: who looks waits no longer for a daemon that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public CellKind Kind => CellKind.Docker;

    public bool MayHaveAny
    {
        get
        {
            try
            {
                return ContainerOwner.OfHome(home) is not null;
            }
            catch (IOException)
            {
                return true; // told by the list
            }
        }
    }

    public async Task<IReadOnlyList<ExistingCell>> ListAsync(CancellationToken cancel)
    {
        NotAsked = client.NotInstalled?.Words;
        if (NotAsked is not null) return [];
        try
        {
            var alone = await Containers.ListAsync(client, ContainerOwner.Homeless, cancel, Patience);
            var own = ContainerOwner.OfHome(home) is { } owner
                ? await Containers.ListAsync(client, owner, cancel, Patience)
                : [];
            return [.. own.Select(Cell), .. alone.Where(IsLeft).Select(Cell)];
        }
        catch (IOException problem)
        {
            NotAsked = problem.Message;
            return [];
        }
    }

    public string? NotAsked { get; private set; }

    public string? WhyUnowned(ExistingCell cell) =>
        cell.Parent is { } parent && lives(parent) ? null : "its parent is gone";

    public async Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel)
    {
        try
        {
            if (cell.Parent is not { } parent) return null;
            var all = await Containers.ListAsync(client, ContainerOwner.OfParent(parent), cancel, Patience);
            string[] names =
                [.. all.Where(container => container.Child == cell.Id).Select(container => container.Name)];
            if (names.Length == 0) return null;
            var answer = await Containers.RemoveAsync(client, names, cancel);
            return answer.Done ? null : client.WordsOf(answer.Complaint);
        }
        catch (IOException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>Of one without a home that lives, nobody but itself has to do with its containers.</summary>
    private static bool IsLeft(FoundContainer container) => container.Process is { } parent && !parent.IsAlive();

    private static ExistingCell Cell(FoundContainer container) => new(
        container.Child, CellKind.Docker, container.Job,
        container.State == "running" ? "running" : "ended", container.Pid)
    {
        Parent = container.Parent,
        Started = container.Created,
    };
}
