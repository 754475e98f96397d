namespace Amoeba.Processes;

/// <summary>
/// All control groups of one owner. Their names begin with its own, by which whoever comes after it finds them.
/// </summary>
/// <param name="Owner">Letters, digits, '-', '_' and '.' only: a parent, a worker of it, or a detached attempt.</param>
/// <param name="Places">Where they may lie.</param>
internal sealed record OwnedGroups(string Owner, GroupPlaces Places)
{
    /// <summary>The variable by which a worker is told of its parent's.</summary>
    public const string Variable = "AMOEBA_GROUPS";

    /// <summary>For whoever is to make some: the owner, then the folders, a line each.</summary>
    public string Write() =>
        string.Join('\n', Owner, Places.Memory, Places.Cpu, Places.Processes, Places.Unified);

    /// <summary>Null where it is not what <see cref="Write"/> gives.</summary>
    public static OwnedGroups? Read(string? text) =>
        text?.Split('\n') is [{ Length: > 0 } owner, var memory, var cpu, var processes, var unified]
            ? new OwnedGroups(owner, new GroupPlaces
            {
                Memory = Given(memory),
                Cpu = Given(cpu),
                Processes = Given(processes),
                Unified = Given(unified),
            })
            : null;

    /// <summary>Those that a worker's process makes for its tasks.</summary>
    public OwnedGroups OfWorker(int pid) => this with { Owner = FormattableString.Invariant($"{Owner}.w{pid}") };

    /// <summary>Kills what is in them and removes them. Returns whether none is left.</summary>
    public bool Sweep() => TreeGroups.Sweep(KernelGroupFiles.Instance, Places, Owner);

    /// <summary>Every process in them.</summary>
    public IEnumerable<int> Processes() => Folders().SelectMany(KernelGroupFiles.Instance.Processes).Distinct();

    /// <inheritdoc cref="TreeGroups.RemoveEmpty"/>
    public void RemoveEmpty() => TreeGroups.RemoveEmpty(KernelGroupFiles.Instance, Places, Owner);

    private IEnumerable<string> Folders() => Places.Folders.SelectMany(KernelGroupFiles.Instance.Below)
        .Where(folder => TreeGroups.IsOf(Owner, folder));

    private static string? Given(string folder) => folder.Length == 0 ? null : folder;
}
