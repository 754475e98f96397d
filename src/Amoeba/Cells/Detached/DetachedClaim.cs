using System.Text.Json;
using Amoeba.Processes;

namespace Amoeba.Cells.Detached;

/// <summary>
/// Whose an attempt is: its worker's, which runs it, or nobody's, because a parent took it back before.
/// </summary>
/// <param name="IsStarted">A worker runs it, or ran it; false is taken back for good.</param>
/// <param name="Boot">The start of the machine in which it was made.</param>
/// <param name="Process">Who made it.</param>
/// <param name="Child">The child that the worker is.</param>
/// <param name="Parent">The parent that started it.</param>
/// <param name="At">When.</param>
internal sealed record DetachedClaim(
    bool IsStarted, string Boot, ProcessIdentity Process, string Child, string Parent, DateTimeOffset At)
{
    /// <summary>What every process of a detached tree has in its environment: a guardian leaves it alone.</summary>
    public const string Mark = "AMOEBA_DETACHED=1";

    /// <summary>The space of process numbers in which the number of its process means something.</summary>
    public string Space { get; init; } = ProcessSpace.Current;

    /// <summary>The worker itself is there: this very process, not one of the same number.</summary>
    public bool IsAlive => IsStarted && IsSeen && Process.IsAlive();

    /// <summary>
    /// It runs, or ran, on this machine where its process cannot be seen from here, as in another container with the
    /// same home: only its heart tells whether it lives, and only `stop` ends it.
    /// </summary>
    public bool IsElsewhere => IsStarted && Boot == BootId.Current && Space != ProcessSpace.Current;

    private bool IsSeen => Boot == BootId.Current && Space == ProcessSpace.Current;

    /// <summary>As <see cref="IsAlive"/>, and of one elsewhere that its heart beat lately.</summary>
    public bool IsAliveIn(DetachedFolder folder) => IsAlive || (IsElsewhere && DetachedBeats.AreFresh(folder));

    /// <summary>Its worker with all that is below it, and the rest of its step.</summary>
    public ForeignTree TreeOf(DetachedFolder folder) => RestOf(folder) with { Root = IsSeen ? Process : null };

    /// <summary>
    /// All that carries the marks of a step or is in its control groups: it need not be below its worker any more.
    /// </summary>
    public static ForeignTree RestOf(DetachedFolder folder) =>
        new(null, MarksOf(folder)) { Groups = folder.ReadGroups() };

    /// <summary>
    /// By them the processes of a step are known where its worker is gone, and told from those of any other attempt.
    /// </summary>
    public static IReadOnlyList<string> MarksOf(DetachedFolder folder) => [Mark, folder.Mark];

    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? Refused { get; private init; }

    private static DetachedClaim Unreadable(string why) => new(true, "", default, "", "", default) { Refused = why };

    /// <summary>A claim of this process.</summary>
    public static DetachedClaim Own(bool isStarted, string child, string parent, DateTimeOffset now) =>
        new(isStarted, BootId.Current, ProcessIdentity.OfThisProcess, child, parent, now);

    /// <returns>False where somebody else's is there.</returns>
    public bool TryMake(DetachedFolder folder)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("version", DetachedFormat.Version);
            json.WriteString("claim", IsStarted ? "started" : "revoked");
            json.WriteString("boot", Boot);
            json.WriteString("space", Space);
            json.WriteNumber("pid", Process.Pid);
            json.WriteNumber("start", Process.StartTicks);
            json.WriteString("child", Child);
            json.WriteString("parent", Parent);
            json.WriteString("at", At);
            json.WriteEndObject();
        }

        return DetachedFolder.TryWriteFirst(folder.Claim, text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>Null where nobody made one. Of one that cannot be read only its step's marks are known.</summary>
    public static DetachedClaim? Read(DetachedFolder folder)
    {
        if (DetachedFolder.Read(folder.Claim) is not { } bytes) return null;
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var of = json.RootElement;
            DetachedFormat.Check("claim", of.GetProperty("version").GetInt32());
            return new DetachedClaim(
                of.GetProperty("claim").GetString() == "started",
                of.GetProperty("boot").GetString()!,
                new ProcessIdentity(of.GetProperty("pid").GetInt32(), of.GetProperty("start").GetInt64()),
                of.GetProperty("child").GetString()!,
                of.GetProperty("parent").GetString()!,
                of.GetProperty("at").GetDateTimeOffset())
            {
                // One of before there was such a word was made where only one space was thought of.
                Space = of.TryGetProperty("space", out var space) ? space.GetString()! : ProcessSpace.Current,
            };
        }
        catch (InvalidDataException problem)
        {
            return Unreadable(problem.Message);
        }
        catch (Exception problem)
            when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Unreadable("its claim is none: the disk gave back other than what was written");
        }
    }
}
