using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Cells.Docker;

/// <summary>What a docker cell is told once.</summary>
internal sealed record DockerCellOptions : WorkerCellOptions
{
    /// <summary>The parent's home, by which its containers are found again; null without one.</summary>
    public required string? Home { get; init; }

    /// <summary>Whether a parent of this home is there, or its guardian.</summary>
    public Func<string, bool> Lives { get; init; } = static _ => true;

    /// <summary>Hears of a container of which docker does not say that it is gone.</summary>
    public Action<DoubtedContainer> Doubted { get; init; } = static _ => { };

    /// <summary>What the containers of a job see and may use.</summary>
    public required Func<string, ContainerPlace> Place { get; init; }
}

/// <summary>A container of which docker did not say that it is gone when its parent let go of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Job">The job it was for.</param>
/// <param name="Child">The child that lived in it.</param>
/// <param name="Parent">The parent that made it.</param>
/// <param name="Address">The client's: another daemon knows nothing of it.</param>
internal sealed record DoubtedContainer(string Name, string Job, string Child, string Parent, string Address);

/// <summary>Children in containers of the amoeba image: a warm one takes task after task.</summary>
internal sealed class DockerCell(AttemptRunner runner, DockerClient client, DockerCellOptions options)
    : WorkerCell(runner, options)
{
    private readonly Lock _gate = new();
    private int _looked;
    private int _there;

    public override CellKind Kind => CellKind.Docker;

    public override string? Missing() =>
        client.NotInstalled?.Words ?? client.CheckAsync(CancellationToken.None).GetAwaiter().GetResult().Problem?.Words;

    internal override WorkerStart Start(ChildSpec spec, int theirs, WorkerComplaints complaints)
    {
        if (client.NotInstalled is { } lack) return new(null, $"not started: {lack.Words}") { IsLack = true };
        // What a parent left that died with its guardian is found when the first container is made.
        if (Interlocked.Exchange(ref _looked, 1) == 0) _ = RemoveLeftAsync();
        var place = options.Place(spec.Job);
        // The number makes it one of its own: an earlier container of this name may still be on its way out.
        var name = $"amoeba-{spec.Id}-{Guid.NewGuid():n}"[..^24];
        var arguments = ContainerCall.Arguments(
            name, Labels(spec), options.Parent, place, ContainerUser.Of(place.Folder), client.Home,
            client.Options.Image, options.Beat);
        var start = client.Call(arguments, Marks(spec)) with { Talk = theirs };
        Count(1);
        var (program, failure) = client.Launcher.Start(start, complaints);
        if (program is null)
        {
            Count(-1);
            return new(null, $"not started: {failure!.Message}");
        }

        var run = new ContainerRun(client, program, complaints, name, place.Image, Runner.Time);
        run.Completion.ContinueWith(_ => Ended(run, spec), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return new(run, null);
    }

    /// <summary>What is in doubt stays counted, so that the guardian asks about it again.</summary>
    private void Ended(ContainerRun run, ChildSpec spec)
    {
        if (!run.IsInDoubt) Count(-1);
        else options.Doubted(new DoubtedContainer(run.Name, spec.Job, spec.Id, options.Parent, client.Address));
    }

    /// <summary>
    /// While there is one, the guardian has words to remove it by: one that is paused does not see its parent end.
    /// </summary>
    private void Count(int change)
    {
        lock (_gate)
        {
            _there += change;
            client.Launcher.Guardian?.Leave(_there == 0 ? null : Containers.RemovalInShell(client, options.Parent));
        }
    }

    private async Task RemoveLeftAsync()
    {
        try
        {
            var cancel = CancellationToken.None;
            var problem = options.Home is { } home && ContainerOwner.OfHome(home) is { } owner
                ? await Containers.RemoveLeftAsync(client, owner, IsLeft, cancel)
                : null;
            problem ??= await Containers.RemoveLeftAsync(client, ContainerOwner.Homeless,
                one => one.Process is { } parent && !parent.IsAlive(), cancel);
            if (problem is not null) Volatile.Write(ref _looked, 0);
        }
        catch (IOException)
        {
            Volatile.Write(ref _looked, 0);
        }
        catch (ObjectDisposedException)
        {
            // This parent closes; the next one looks again.
        }
    }

    private bool IsLeft(FoundContainer container) =>
        container.Parent != options.Parent && !options.Lives(container.Parent);

    private KeyValuePair<string, string>[] Labels(ChildSpec spec) =>
    [
        .. ContainerOwner.Labels(options.Home),
        new(ContainerLabels.Parent, options.Parent),
        new(ContainerLabels.Job, spec.Job),
        new(ContainerLabels.Child, spec.Id),
    ];
}
