using System.Globalization;
using Amoeba.Cells.Wire;

namespace Amoeba.Cells.Docker;

/// <summary>The `docker` part of the configuration.</summary>
internal sealed record DockerOptions
{
    /// <summary>The client: `docker`, or one that takes the same commands, such as podman. A name or a path.</summary>
    public string Command { get; init; } = "docker";

    /// <summary>The image that containers are made from.</summary>
    public string Image { get; init; } = DefaultImage;

    public static string Version { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{typeof(DockerOptions).Assembly.GetName().Version!.ToString(3)}-protocol{Protocol.Version}");

    /// <summary>The image that `amoeba docker build` makes, of this version.</summary>
    public static string DefaultImage => $"amoeba:{Version}";
}
