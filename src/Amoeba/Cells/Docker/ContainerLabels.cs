using System.Globalization;

namespace Amoeba.Cells.Docker;

/// <summary>By these labels images and containers of Amoeba are known.</summary>
internal static class ContainerLabels
{
    /// <summary>Of an image: the version of the protocol its worker speaks.</summary>
    public const string Protocol = "amoeba.protocol";

    /// <summary>Of a container: which home its parent has, where it has one (<see cref="HomeId"/>).</summary>
    public const string Home = "amoeba.home";

    /// <summary>Likewise where that home lies, for people: another machine may have one there, too.</summary>
    public const string Folder = "amoeba.folder";

    /// <summary>
    /// Of a container whose parent has no home: user, boot and space of process numbers of that parent. Whoever has the
    /// same can tell from <see cref="Process"/> whether it lives.
    /// </summary>
    public const string Alone = "amoeba.alone";

    /// <summary>Of such a container: pid and start time of its parent.</summary>
    public const string Process = "amoeba.process";

    public const string Parent = "amoeba.parent";

    public const string Job = "amoeba.job";

    public const string Child = "amoeba.child";

    public static string OurProtocol { get; } = Wire.Protocol.Version.ToString(CultureInfo.InvariantCulture);
}
