using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>A container of ours, as the daemon tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parent">The parent that made it.</param>
/// <param name="Job">The job it is for.</param>
/// <param name="Child">The child that lives in it.</param>
/// <param name="State">The daemon's word for how it is, such as `running`.</param>
/// <param name="Pid">Its first process as the daemon's machine sees it; null where none runs.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Process">The process of its parent, where that has no home.</param>
internal sealed record FoundContainer(
    string Name, string Parent, string Job, string Child, string State,
    int? Pid, DateTimeOffset? Created, ProcessIdentity? Process);

/// <summary>The containers that children live in, found by their labels: of one owner, and no other.</summary>
internal static class Containers
{
    private const char Between = '\t';

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);
    private const int MostTries = 20;

    private static readonly string[] Fields =
    [
        "{{.Name}}", Label(ContainerLabels.Process), Label(ContainerLabels.Parent),
        Label(ContainerLabels.Job), Label(ContainerLabels.Child),
        "{{.State.Status}}", "{{.State.Pid}}", "{{.Created}}",
    ];

    /// <summary>Why the daemon cannot be asked about anything, for a person; null where it answers.</summary>
    public static async Task<string?> WhyNotAskedAsync(
        DockerClient client, CancellationToken cancel, TimeSpan? patience = null)
    {
        var answer = await client.AskAsync(["version", "--format", "{{.Server.Version}}"], cancel, patience);
        return answer.Done ? null : client.NotInstalled?.Words ?? client.WordsOf(answer.Complaint);
    }

    /// <summary>All of an owner.</summary>
    /// <exception cref="IOException">Docker cannot be asked; says why.</exception>
    public static async Task<IReadOnlyList<FoundContainer>> ListAsync(
        DockerClient client, ContainerOwner owner, CancellationToken cancel, TimeSpan? patience = null)
    {
        var ids = await client.AskAsync(
            ["ps", "--all", "--quiet", "--no-trunc", "--filter", $"label={owner.Label}={owner.Value}"], cancel,
            patience);
        if (!ids.Done) throw new IOException(client.WordsOf(ids.Complaint));
        var found = Lines(ids.Output);
        if (found.Length == 0) return [];
        var told =
            await client.AskAsync(
                ["inspect", "--type", "container", "--format", string.Join(Between, Fields), .. found], cancel,
                patience);
        // One that went meanwhile makes it complain, and still tell of the others.
        if (!told.Done && !IsOfGone(told.Complaint)) throw new IOException(client.WordsOf(told.Complaint));
        return [.. Lines(told.Output).Select(Read).OfType<FoundContainer>()];
    }

    /// <summary>
    /// Removes what is left of parents that are gone, and looks until nothing of it is there any more.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="owner">Whose containers are looked at.</param>
    /// <param name="isLeft">Whether one of these is such.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    /// <returns>Null where none is left; else what is in the way, for a person: some may still run then.</returns>
    public static async Task<string?> RemoveLeftAsync(
        DockerClient client, ContainerOwner owner, Func<FoundContainer, bool> isLeft, CancellationToken cancel,
        TimeSpan? patience = null)
    {
        try
        {
            DockerAnswer? answer = null;
            for (var i = 0; i < MostTries; i++)
            {
                var all = await ListAsync(client, owner, cancel, patience);
                string[] left = [.. all.Where(isLeft).Select(container => container.Name)];
                if (left.Length == 0) return null;
                if (i > 0) await Task.Delay(Again, client.Launcher.Time, cancel);
                answer = await RemoveAsync(client, left, cancel);
                if (answer.TimedOut) break; // whoever hangs once answers no second question either
            }

            return answer!.Done ? "docker is still removing them" : client.WordsOf(answer.Complaint);
        }
        catch (IOException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>Ends and removes them; one that is gone by now is no failure.</summary>
    public static async Task<DockerAnswer> RemoveAsync(
        DockerClient client, IReadOnlyList<string> names, CancellationToken cancel, TimeSpan? patience = null)
    {
        var answer = await client.AskAsync(["rm", "--force", .. names], cancel, patience);
        return answer with { Done = answer.Done || IsOfGone(answer.Complaint) };
    }

    /// <summary>A line of shell that removes what a parent has; for a shell of its own.</summary>
    public static string RemovalInShell(DockerClient client, string parent)
    {
        var list = client.InShell(["ps", "--all", "--quiet", "--filter", $"label={ContainerLabels.Parent}={parent}"]);
        var remove = client.InShell(["rm", "--force"]);
        return $"{client.VariablesInShell()}; ids=$({list}); [ -z \"$ids\" ] || {remove} $ids";
    }

    /// <summary>All that it complains of is containers that are gone, or on their way.</summary>
    private static bool IsOfGone(string complaint) => Lines(complaint) is { Length: > 0 } lines && lines.All(line =>
        line.Contains("No such container", StringComparison.OrdinalIgnoreCase)
        || line.Contains("No such object", StringComparison.OrdinalIgnoreCase)
        || line.Contains("already in progress", StringComparison.OrdinalIgnoreCase));

    private static string Label(string name) => $"{{{{index .Config.Labels \"{name}\"}}}}";

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static FoundContainer? Read(string line)
    {
        if (line.Split(
            Between) is not [var name, var process, var parent, var job, var child, var state, var pid, var created])
            return null;
        var number = int.TryParse(pid, CultureInfo.InvariantCulture, out var given) && given > 0 ? given : (int?)null;
        var at = DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, out var moment)
            ? moment
            : (DateTimeOffset?)null;
        return new FoundContainer(name.TrimStart('/'), parent, job,
            child, state, number, at, ContainerOwner.Read(process));
    }
}
