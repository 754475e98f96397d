using Amoeba.Cells.Docker;

namespace Amoeba.Hosting.Running;

/// <summary>Whether a job could run in containers, asked of docker before it is accepted.</summary>
/// <param name="docker">The client; asked for where a job needs it.</param>
/// <param name="options">What the parent was told.</param>
internal sealed class ContainerCheck(Func<DockerClient> docker, ParentOptions options)
{
    /// <summary>
    /// For an answer, which a person waits for and is told of: a daemon that only its first caller wakes takes seconds.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <param name="folder">The job's.</param>
    /// <param name="asked">What asked for containers, as the beginning of a sentence.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>The image's id.</returns>
    /// <exception cref="MachineLacksException">Docker, its daemon, the right to use it or the image is missing, or the
    /// folder is closed to it, or none for a container.</exception>
    public async Task<string> ImageAsync(string folder, string asked, CancellationToken cancel)
    {
        if (ContainerCall.WhyNotMounted(folder) is { } why)
            throw new MachineLacksException($"{asked} is not available in {folder}: {why}; run it in another folder");
        var client = docker();
        var (problem, image) = await client.CheckAsync(cancel, Patience)
            .ToldAsync($"docker is asked for the image {client.Options.Image}", options);
        if (problem is not null) throw new MachineLacksException($"{asked} is not available: {problem.Words}");
        var user = ContainerUser.Of(folder);
        if (user.MayUse(folder).MayRead) return image;
        throw new MachineLacksException($"{asked} is not available: tasks in a container never run as root but as user "
            + $"{user}, who may not read {folder}; "
            + "run Amoeba as another user, or let others read the folder (chmod o+rx)");
    }
}
