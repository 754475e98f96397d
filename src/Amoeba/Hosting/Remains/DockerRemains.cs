using Amoeba.Cells.Docker;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Remains;

/// <summary>Containers of children, found by the labels of this home.</summary>
/// <param name="client">The docker client.</param>
/// <param name="home">The home.</param>
/// <param name="lives">Whether a parent of this home, or its guardian, is still there.</param>
internal sealed class DockerRemains(DockerClient client, string home, Func<string, bool> lives) : ICellRemains
{
    /// <summary>Its worker runs.</summary>
    public const string Running = "running";

    /// <summary>For an answer: who looks waits no longer for a daemon that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly DoubtNotes _notes = new(home);
    private Dictionary<string, DoubtedContainer> _doubted = []; // by child

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
        try
        {
            var noted = _notes.List();
            NotAsked = client.NotInstalled?.Words;
            var cells = NotAsked is null ? await AskAsync(noted, cancel) : [];
            return [.. cells, .. Doubted(noted, cells)];
        }
        catch (IOException problem)
        {
            NotAsked = problem.Message;
            return [];
        }
    }

    public string? NotAsked { get; private set; }

    public string? WhyUnowned(ExistingCell cell) =>
        _doubted.ContainsKey(cell.Id) ? "docker did not say that it is gone when its parent let go of it"
        : cell.Parent is { } parent && lives(parent) ? null
        : "its parent is gone";

    public async Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel)
    {
        if (cell.Parent is not { } parent) return null;
        var doubted = _doubted.GetValueOrDefault(cell.Id);
        try
        {
            if (WhyNotTheSame(doubted) is { } other) throw new IOException(other);
            var all = await Containers.ListAsync(client, ContainerOwner.OfParent(parent), cancel, Patience);
            string[] names =
                [.. all.Where(container => container.Child == cell.Id).Select(container => container.Name)];
            var answer = names.Length == 0 ? null : await Containers.RemoveAsync(client, names, cancel);
            if (answer is { Done: false }) throw new IOException(client.WordsOf(answer.Complaint));
        }
        catch (IOException problem)
        {
            if (doubted is null) return problem.Message;
            if (!await ContainerMain.EndAsync(doubted.Name, client.Launcher.Time))
            {
                return $"container {doubted.Name} of job {cell.Job} may still run: {problem.Message}; then clean again "
                    + $"(where you know that it is gone, remove {_notes.FileOf(doubted.Name)})";
            }
        }

        if (doubted is not null) _notes.Remove(doubted.Name);
        return null;
    }

    private async Task<List<ExistingCell>> AskAsync(IReadOnlyList<DoubtedContainer> noted, CancellationToken cancel)
    {
        try
        {
            var alone = await Containers.ListAsync(client, ContainerOwner.Homeless, cancel, Patience);
            var own = ContainerOwner.OfHome(home) is { } owner
                ? await Containers.ListAsync(client, owner, cancel, Patience)
                : [];
            foreach (var gone in noted.Where(one => WhyNotTheSame(one) is null
                && own.All(container => container.Name != one.Name))) _notes.Remove(gone.Name);
            return [.. own.Select(Cell), .. alone.Where(IsLeft).Select(Cell)];
        }
        catch (IOException problem)
        {
            NotAsked = problem.Message;
            return [];
        }
    }

    /// <summary>Those in doubt that docker told nothing of; what is in doubt at all is known from now on.</summary>
    private IEnumerable<ExistingCell> Doubted(IEnumerable<DoubtedContainer> noted, List<ExistingCell> told)
    {
        var left = noted.Where(one => NotAsked is not null || WhyNotTheSame(one) is not null
            || told.Exists(cell => cell.Id == one.Child)).ToList();
        _doubted = left.ToDictionary(one => one.Child, StringComparer.Ordinal);
        return left.Where(one => !told.Exists(cell => cell.Id == one.Child)).Select(one =>
        {
            var main = ContainerMain.Find(one.Name);
            return new ExistingCell(
                one.Child, CellKind.Docker, one.Job, main is null ? ExistingCell.Unknown : Running, main?.Pid)
            { Parent = one.Parent };
        });
    }

    /// <summary>Why the docker that is asked knows nothing of it, for a person.</summary>
    private string? WhyNotTheSame(DoubtedContainer? doubted) => doubted is null || doubted.Host == (client.Host ?? "")
        ? null
        : $"it was made {(doubted.Host.Length == 0 ? "without DOCKER_HOST" : $"with DOCKER_HOST={doubted.Host}")}; "
            + "call with the same";

    /// <summary>Of one without a home that lives, nobody but itself has to do with its containers.</summary>
    private static bool IsLeft(FoundContainer container) => container.Process is { } parent && !parent.IsAlive();

    private static ExistingCell Cell(FoundContainer container) => new(
        container.Child, CellKind.Docker, container.Job,
        container.State == Running ? Running : "ended", container.Pid)
    {
        Parent = container.Parent,
        Started = container.Created,
    };
}
