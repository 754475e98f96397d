using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>Whose containers are meant: those of a home, or those of parents that have none.</summary>
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

    public static ContainerOwner Of(string? home) => home is null ? Homeless : new(ContainerLabels.Home, home);

    /// <summary>What a container of this process is labelled with.</summary>
    public IEnumerable<KeyValuePair<string, string>> Labels => Label == ContainerLabels.Home
        ? [new(Label, Value)]
        : [new(Label, Value), new(ContainerLabels.Process, Words(ProcessIdentity.OfThisProcess))];

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
