namespace Amoeba.Cells.Docker;

/// <summary>What is in the way of using docker.</summary>
internal enum DockerLack
{
    Program,
    Daemon,
    Permission,
    Image,

    /// <summary>The image is there, and made by another version.</summary>
    OtherImage,
    Other,
}

/// <summary>Something docker lacks here.</summary>
/// <param name="Lack">What.</param>
/// <param name="Message">What it is, for a person.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record DockerProblem(DockerLack Lack, string Message, string Fix)
{
    public string Words => $"{Message}; {Fix}";
}

/// <summary>Reads what docker complains, and says what to do about it.</summary>
internal static class DockerWords
{
    /// <summary>How a complaint begins where nobody answered.</summary>
    public const string Silent = "no answer in time";

    public static DockerProblem NoProgram(string command) => new(
        DockerLack.Program, $"the program {command} was not found",
        "install docker (on Debian: apt-get install docker.io), or name another client in the configuration "
            + "(docker: { command: podman })");

    public static DockerProblem NoImage(string image) => new(
        DockerLack.Image, $"the image {image} is not there", image == DockerOptions.DefaultImage
            ? "make it with `amoeba docker build`"
            : "make or pull it, or leave docker.image out of the configuration and call `amoeba docker build`");

    /// <param name="image">The name of an image.</param>
    /// <param name="id">What it had when the job was accepted, and nothing has any more.</param>
    public static string ImageGone(string image, string id) =>
        $"the image {image} as it was when the job was accepted ({id}) is not there any more; `amoeba resume` asks "
            + "about the one that is there now";

    public static DockerProblem OtherImage(string image, string protocol) => new(
        DockerLack.OtherImage, protocol.Length == 0
            ? $"the image {image} has no worker of Amoeba in it"
            : $"the worker in the image {image} speaks version {protocol} of the protocol, "
                + $"and this Amoeba {Wire.Protocol.Version}",
        "make it with `amoeba docker build`");

    /// <param name="complaint">What the client wrote.</param>
    /// <param name="image">The image it was about.</param>
    /// <param name="host">DOCKER_HOST, where it is set.</param>
    public static DockerProblem Of(string complaint, string image, string? host)
    {
        var at = host is null ? "" : $" at {host} (DOCKER_HOST)";
        if (Has("permission denied while trying to connect")
            || Has("got permission denied") || (Has("permission denied") && Has("sock")))
        {
            return new(DockerLack.Permission, $"this user may not talk to the docker daemon{at}",
                "let an administrator add you to the group docker (`usermod -aG docker NAME`, then log in again), "
                    + "or use rootless docker or podman");
        }

        if (Has("cannot connect to") || Has("error during connect")
            || Has("is the docker daemon running") || Has("failed to connect to the docker api"))
        {
            return new(DockerLack.Daemon, $"there is no docker daemon{at}", host is null
                ? "start it (`systemctl start docker`), or set DOCKER_HOST to where it listens"
                : "start it there, or correct DOCKER_HOST");
        }

        if (complaint.StartsWith(Silent, StringComparison.Ordinal))
        {
            return new(DockerLack.Daemon, $"the docker daemon{at} does not answer", host is null
                ? "look what holds it up, or start it anew (`systemctl restart docker`)"
                : "look what holds it up there, or correct DOCKER_HOST");
        }

        if (Has("no such image") || Has("no such object") || Has("unable to find image") || Has("image not known"))
            return NoImage(image);
        return new(DockerLack.Other, $"docker failed: {FirstLine(complaint)}",
            "call it by hand to see more, or use another cell");

        bool Has(string text) => complaint.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What matters of a complaint: no advice about `--help`, no name of the client before it.</summary>
    public static string FirstLine(string complaint)
    {
        var line = complaint.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(line => !line.StartsWith("WARNING", StringComparison.OrdinalIgnoreCase))
            ?? "it said nothing";
        foreach (var prefix in (string[])["docker:", "Error response from daemon:", "Error:"])
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal)) line = line[prefix.Length..].Trim();
        }

        return line.TrimEnd('.');
    }
}
