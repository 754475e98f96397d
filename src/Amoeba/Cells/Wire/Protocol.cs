using System.Globalization;

namespace Amoeba.Cells.Wire;

/// <summary>The figures of the protocol between a parent and its workers.</summary>
internal static class Protocol
{
    /// <summary>Raised with every change that the other side could misread. Both sides know exactly one.</summary>
    public const int Version = 4;

    /// <summary>What a hello begins with.</summary>
    public const uint Mark = 0x41_4D_4F_45;

    /// <summary>Bytes before a frame's content: its length and its kind.</summary>
    public const int Header = 5;

    /// <summary>Bytes of output in one frame.</summary>
    public const int Chunk = 32 << 10;

    /// <summary>Bytes of output that may be under way, or wait to be kept.</summary>
    public const int Window = 256 << 10;

    /// <summary>The longest content a worker may send.</summary>
    public const int LongestOfWorker = 256 << 10;

    /// <summary>The longest content of a task.</summary>
    public const int LongestOfParent = 32 << 20;

    /// <summary>Characters of an error or a note; what is longer is cut.</summary>
    public const int LongestText = 32 << 10;

    /// <summary>
    /// Warnings of one task: one for each of its limits, and one that its worker is given up with it.
    /// </summary>
    public const int MostWarnings = 8;

    /// <summary>
    /// Times that one task may say that it waits or goes on. Each is kept until the engine takes it, with no credit to
    /// hold it back; what waits often, for its turn with a model, runs in the parent.
    /// </summary>
    public const int MostWaits = 64;

    /// <summary>The descriptor that a worker is started with.</summary>
    public const int Descriptor = 3;

    /// <summary>The argument of a worker that is to talk over its standard input and output instead.</summary>
    public const string OverStandardStreams = "stdio";

    /// <summary>Missed so often in a row, a worker counts as lost although its process is there.</summary>
    public const int BeatsMissed = 3;

    /// <summary>What a worker is started with, all of it: nothing of a task is ever an argument.</summary>
    public static IReadOnlyList<string> Arguments(TimeSpan beat) =>
    [
        Version.ToString(CultureInfo.InvariantCulture),
        ((long)beat.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
    ];

    public static string OtherVersion(long theirs) =>
        $"it speaks version {theirs} of the protocol, and this Amoeba speaks version {Version}: "
        + "both have to come from one installation; install it again";
}
