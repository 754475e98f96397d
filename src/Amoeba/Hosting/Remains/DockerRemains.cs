using Amoeba.Cells.Docker;
using Amoeba.Jobs;
using Amoeba.Processes;

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
    private readonly Dictionary<(string? Parent, string Child), Doubt> _doubted = [];

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
            NotAsked = client.NotInstalled?.Words;
            var cells = NotAsked is null ? await AskAsync(cancel) : [];
            return [.. cells, .. Doubted(cells)];
        }
        catch (IOException problem)
        {
            NotAsked = problem.Message;
            return [];
        }
    }

    public string? NotAsked { get; private set; }

    public string? WhyUnowned(ExistingCell cell) =>
        _doubted.ContainsKey((cell.Parent, cell.Id)) ? "docker did not say that it is gone when its parent let go of it"
        : cell.Parent is { } parent && lives(parent) ? null
        : "its parent is gone";

    public async Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel)
    {
        if (cell.Parent is not { } parent) return null;
        var doubted = _doubted.GetValueOrDefault((parent, cell.Id));
        try
        {
            if (doubted is not null && WhyNotTheSame(doubted.Container) is { } other) throw new IOException(other);
            var all = await Containers.ListAsync(client, ContainerOwner.OfParent(parent), cancel, Patience);
            string[] names =
                [.. all.Where(container => container.Child == cell.Id).Select(container => container.Name)];
            if (names.Length == 0 && doubted?.Main is not null) throw new IOException("docker does not know it");
            var answer = names.Length == 0 ? null : await Containers.RemoveAsync(client, names, cancel);
            if (answer is { Done: false }) throw new IOException(client.WordsOf(answer.Complaint));
        }
        catch (IOException problem)
        {
            if (doubted is null) return problem.Message;
            var name = doubted.Container.Name;
            var isGone = doubted.Main is { } main && !main.IsAlive();
            if (!isGone && !await ContainerMain.EndAsync(name, client.Launcher.Time))
            {
                return $"container {name} of job {cell.Job} may still run: {problem.Message}; then clean again "
                    + $"(where you know that it is gone, remove {_notes.FileOf(name)})";
            }
        }

        if (doubted is not null) _notes.Remove(doubted.Container.Name);
        return null;
    }

    private async Task<List<ExistingCell>> AskAsync(CancellationToken cancel)
    {
        try
        {
            var noted = _notes.List(); // before docker is asked, which tells nothing of what comes after its answer
            var alone = await Containers.ListAsync(client, ContainerOwner.Homeless, cancel, Patience);
            var own = ContainerOwner.OfHome(home) is { } owner
                ? await Containers.ListAsync(client, owner, cancel, Patience)
                : [];
            foreach (var one in noted)
            {
                if (WhyNotTheSame(one) is null && own.All(container => container.Name != one.Name)
                    && ContainerMain.Find(one.Name) is null) _notes.Remove(one.Name);
            }

            return [.. own.Select(Cell), .. alone.Where(IsLeft).Select(Cell)];
        }
        catch (IOException problem)
        {
            NotAsked = problem.Message;
            return [];
        }
    }

    /// <summary>Those in doubt that docker told nothing of; what is in doubt at all is known from now on.</summary>
    private IEnumerable<ExistingCell> Doubted(List<ExistingCell> told)
    {
        _doubted.Clear();
        foreach (var one in _notes.List())
            _doubted[(one.Parent, one.Child)] = new Doubt(one, ContainerMain.Find(one.Name));
        return _doubted.Where(one => !told.Exists(cell => (cell.Parent, cell.Id) == one.Key)).Select(one =>
            new ExistingCell(one.Key.Child, CellKind.Docker, one.Value.Container.Job,
                one.Value.Main is null ? ExistingCell.Unknown : Running, one.Value.Main?.Pid)
            { Parent = one.Key.Parent });
    }

    /// <summary>Why the docker that is asked knows nothing of it, for a person.</summary>
    private string? WhyNotTheSame(DoubtedContainer doubted) => doubted.Address == client.Address
        ? null
        : $"it was made by `{doubted.Address}`, and this asks `{client.Address}`; call as it was then";

    /// <summary>Of one without a home that lives, nobody but itself has to do with its containers.</summary>
    private static bool IsLeft(FoundContainer container) => container.Process is { } parent && !parent.IsAlive();

    private static ExistingCell Cell(FoundContainer container) => new(
        container.Child, CellKind.Docker, container.Job,
        container.State == Running ? Running : "ended", container.Pid)
    {
        Parent = container.Parent,
        Started = container.Created,
    };

    /// <param name="Container">As it was noted.</param>
    /// <param name="Main">Its first process, where this machine shows it.</param>
    private sealed record Doubt(DoubtedContainer Container, ProcessIdentity? Main);
}
