using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>Who the tasks in a container are. Never root.</summary>
internal readonly record struct ContainerUser(uint User, uint Group)
{
    /// <summary>The user in the image, for a caller who is root and a folder that is root's.</summary>
    public const uint Own = 10001;

    /// <summary>
    /// The caller, so that tasks may do in the folder what the caller may. Where that is root: whom the folder belongs
    /// to, or else the image's own user.
    /// </summary>
    public static ContainerUser Of(string folder)
    {
        var caller = FileOwner.OfThisProcess();
        if (caller.User != 0) return new(caller.User, caller.Group);
        return FileOwner.Of(folder) is { User: not 0 } owner
            ? new(owner.User, owner.Group == 0 ? owner.User : owner.Group)
            : new(Own, Own);
    }

    /// <summary>What this user lacks in the folder, for a person; null where it may read and write there.</summary>
    public (bool MayRead, bool MayWrite) MayUse(string folder)
    {
        if (OperatingSystem.IsWindows() || FileOwner.Of(folder) is not { } owner) return (true, true);
        var mode = (int)File.GetUnixFileMode(folder);
        var bits = owner.User == User ? mode >> 6 : owner.Group == Group ? mode >> 3 : mode;
        return ((bits & 5) == 5, (bits & 3) == 3);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User}:{Group}");
}
