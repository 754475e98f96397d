using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>Whose containers are meant: those of a home, of one parent, or of parents that have no home.</summary>
/// <param name="Label">The label that says so.</param>
/// <param name="Value">What it says.</param>
internal sealed record ContainerOwner(string Label, string Value)
{
    /// <summary>
    /// Parents without a home that this process can tell to be alive or gone: of the same user, boot and space of
    /// process numbers. Those of others may live where we see no process of theirs.
    /// </summary>
    public static ContainerOwner Homeless { get; } = new(
        ContainerLabels.Alone,
        string.Create(CultureInfo.InvariantCulture,
            $"{FileOwner.OfThisProcess().User}/{BootId.Current}/{ProcessSpace.Current}"));

    /// <summary>Null for a home that never had a container: nothing can be its.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ContainerOwner? OfHome(string home) =>
        HomeId.Find(home) is { } id ? new(ContainerLabels.Home, id) : null;

    /// <summary>A parent's id is in no other parent's, wherever that is.</summary>
    public static ContainerOwner OfParent(string parent) => new(ContainerLabels.Parent, parent);

    /// <summary>By which a container of this process is found, whatever becomes of its parent.</summary>
    /// <exception cref="IOException">The home's id cannot be read or made.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Labels(string? home) => home is not null
        ? [new(ContainerLabels.Home, HomeId.Of(home)), new(ContainerLabels.Folder, home)]
        :
        [
            new(Homeless.Label, Homeless.Value),
            new(ContainerLabels.Process, Words(ProcessIdentity.OfThisProcess)),
        ];

    /// <summary>Null where a label has none.</summary>
    public static ProcessIdentity? Read(string label) =>
        label.Split('/') is [var pid, var start]
        && int.TryParse(pid, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(start, CultureInfo.InvariantCulture, out var ticks)
            ? new ProcessIdentity(number, ticks)
            : null;

    private static string Words(ProcessIdentity process) =>
        string.Create(CultureInfo.InvariantCulture, $"{process.Pid}/{process.StartTicks}");
}
