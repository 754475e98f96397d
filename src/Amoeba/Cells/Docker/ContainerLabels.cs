using System.Globalization;

namespace Amoeba.Cells.Docker;

/// <summary>By these labels images and containers of Amoeba are known.</summary>
internal static class ContainerLabels
{
    /// <summary>Of an image: the version of the protocol its worker speaks.</summary>
    public const string Protocol = "amoeba.protocol";

    /// <summary>Of a container: the home of its parent.</summary>
    public const string Home = "amoeba.home";

    public const string Parent = "amoeba.parent";

    public const string Job = "amoeba.job";

    public const string Child = "amoeba.child";

    public static string OurProtocol { get; } = Wire.Protocol.Version.ToString(CultureInfo.InvariantCulture);
}
