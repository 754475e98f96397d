using Amoeba.Cells.Docker;
using Amoeba.Cli.Json;
using Amoeba.Processes;

namespace Amoeba.Cli.Commands;

/// <summary>What `doctor` says of docker cells: asked of the daemon itself.</summary>
internal static class DoctorDocker
{
    private const string Area = "cells", Name = "docker";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<FactJson> GatherAsync(Workplace workplace, CliConsole console)
    {
        if (!OperatingSystem.IsLinux())
            return new(Area, Name, DoctorFacts.Missing, "not built for this system", "Linux");
        using var launcher = new ProgramLauncher(console.Time);
        var client = new DockerClient(launcher, workplace.Config.Docker, console.Variables());
        var (problem, image) = await client.CheckAsync(CancellationToken.None, Patience);
        return problem is null
            ? new(Area, Name, DoctorFacts.Ok,
                $"children live in containers of {client.Options.Image} ({Short(image)})", null)
            : new(Area, Name, DoctorFacts.Missing, problem.Message, problem.Fix);
    }

    private static string Short(string id) => id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..][..12];
}
