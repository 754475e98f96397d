using System.Globalization;

namespace Amoeba.Cells.Docker;

/// <summary>A container of ours, as the daemon tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parent">The parent that made it.</param>
/// <param name="Job">The job it is for.</param>
/// <param name="Child">The child that lives in it.</param>
/// <param name="State">The daemon's word for how it is, such as `running`.</param>
/// <param name="Pid">Its first process as the daemon's machine sees it; null where none runs.</param>
/// <param name="Created">When it was made.</param>
internal sealed record FoundContainer(
    string Name, string Parent, string Job, string Child, string State, int? Pid, DateTimeOffset? Created);

/// <summary>The containers that children live in, found by their labels: of this home, and no other.</summary>
internal static class Containers
{
    private const char Between = '\t';

    /// <summary>All of a home, or those of one of its parents.</summary>
    /// <exception cref="IOException">Docker cannot be asked; says why.</exception>
    public static async Task<IReadOnlyList<FoundContainer>> ListAsync(
        DockerClient client, string home, string? parent, CancellationToken cancel)
    {
        string[] filter = parent is null ? [] : ["--filter", $"label={ContainerLabels.Parent}={parent}"];
        var ids = await client.AskAsync(
            ["ps", "--all", "--quiet", "--no-trunc", "--filter", $"label={ContainerLabels.Home}={home}", .. filter], cancel);
        if (!ids.Done) throw new IOException(DockerWords.Of(ids.Complaint, client.Options.Image, client.Host).Words);
        var found = Lines(ids.Output);
        if (found.Length == 0) return [];
        string[] fields = ["{{.Name}}", Label(ContainerLabels.Parent), Label(ContainerLabels.Job), Label(ContainerLabels.Child),
            "{{.State.Status}}", "{{.State.Pid}}", "{{.Created}}"];
        // One that went meanwhile makes it complain, and still tell of the others.
        var told = await client.AskAsync(["inspect", "--type", "container", "--format", string.Join(Between, fields), .. found], cancel);
        return [.. Lines(told.Output).Select(Read).OfType<FoundContainer>()];
    }

    /// <summary>Removes what parents of a home left that are gone. Where docker cannot be asked, nothing of them runs either.</summary>
    /// <param name="client">The client.</param>
    /// <param name="home">The home.</param>
    /// <param name="isGone">Whether a parent is.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>How many there were.</returns>
    public static async Task<int> RemoveLeftAsync(DockerClient client, string home, Func<string, bool> isGone, CancellationToken cancel)
    {
        try
        {
            var all = await ListAsync(client, home, parent: null, cancel);
            string[] left = [.. all.Where(container => isGone(container.Parent)).Select(container => container.Name)];
            if (left.Length > 0) await RemoveAsync(client, left, cancel);
            return left.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Ends and removes them; one that is gone by now is no failure.</summary>
    public static async Task<DockerAnswer> RemoveAsync(DockerClient client, IReadOnlyList<string> names, CancellationToken cancel)
    {
        var answer = await client.AskAsync(["rm", "--force", .. names], cancel);
        var gone = Lines(answer.Complaint).All(line =>
            line.Contains("No such container", StringComparison.OrdinalIgnoreCase)
            || line.Contains("already in progress", StringComparison.OrdinalIgnoreCase));
        return answer with { Done = answer.Done || gone };
    }

    private static string Label(string name) => $"{{{{index .Config.Labels \"{name}\"}}}}";

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static FoundContainer? Read(string line)
    {
        if (line.Split(Between) is not [var name, var parent, var job, var child, var state, var pid, var created]) return null;
        var number = int.TryParse(pid, CultureInfo.InvariantCulture, out var given) && given > 0 ? given : (int?)null;
        var at = DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, out var moment) ? moment : (DateTimeOffset?)null;
        return new FoundContainer(name.TrimStart('/'), parent, job, child, state, number, at);
    }
}
