namespace Amoeba.Cells.Detached;

/// <summary>
/// The version of what is written to an attempt's folder. A parent may find what another installation left there, and
/// does not guess: a version that it does not know is <see cref="InvalidDataException"/>, with words for a person.
/// </summary>
internal static class DetachedFormat
{
    /// <summary>Raised with every change of a file that the other side could misread.</summary>
    public const int Version = 2;

    /// <summary>The exit code of a worker that has no room on the disk; a person's `amoeba` ends so too.</summary>
    public const int NoRoomCode = 5;

    /// <exception cref="InvalidDataException">It is another one.</exception>
    public static void Check(string file, int version)
    {
        if (version == Version) return;
        throw new InvalidDataException(
            $"its {file} has version {version} of the format, and this Amoeba reads version {Version}: "
                + "another Amoeba began it, and knows what came of it");
    }
}
