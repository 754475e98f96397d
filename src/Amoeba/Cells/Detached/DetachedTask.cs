using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Secrets;

namespace Amoeba.Cells.Detached;

/// <summary>What a worker is to do, as a file: the task's frame, and what else there is to know of it.</summary>
/// <param name="Tool">The one tool of its chain that is this worker's.</param>
/// <param name="Work">The attempt.</param>
/// <param name="Masker">What must not be written in clear.</param>
/// <param name="Name">The task's id, such as `JOB/each/3`.</param>
/// <param name="Ordered">When its parent asked for it.</param>
internal sealed record DetachedTask(
    BoundTool Tool, AttemptWork Work, SecretMasker Masker, string Name, DateTimeOffset Ordered)
{
    private const string NameEntry = "AMOEBA_TASK_ID=";

    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(DetachedFolder folder, BoundTool tool, AttemptWork work, DateTimeOffset now)
    {
        var environment = Marked(work.Environment(), folder);
        var marked = new AttemptWork
        {
            Order = work.Order,
            Chain = [tool],
            Items = work.Items,
            Index = work.Index,
            Limits = work.Limits,
            Folder = work.Folder,
            Grace = work.Grace,
            Environment = () => environment,
        };
        var task = WorkCodec.Write(tool, marked, folder.Step).Frame();
        // Of what is secret only that goes along which its programs are given anyway.
        var secrets = tool is BoundWait ? [] : work.Masker.Secrets
            .Where(
                secret => environment.Entries.Any(entry => entry.Contains(secret, StringComparison.Ordinal))).ToArray();
        var about =
            new WireWriter(FrameKind.Task).Add(secrets).Add(NameOf(environment, work.Order)).Add(now.UtcTicks).Frame();
        DetachedFolder.WriteWhole(folder.Task, [.. task.Span, .. about.Span]);
    }

    /// <summary>Null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is no task.</exception>
    public static DetachedTask? Read(DetachedFolder folder)
    {
        if (DetachedFolder.Read(folder.Task) is not { } bytes) return null;
        var frames = new FrameBuffer(int.MaxValue);
        frames.Add(bytes);
        if (!frames.TryNext(out _, out var content)) throw new InvalidDataException("a task ends too early");
        var (_, tool, work) = WorkCodec.Read(content);
        if (!frames.TryNext(out _, out content)) throw new InvalidDataException("a task ends too early");
        var about = new WireReader(content);
        var secrets = about.Texts();
        var masker = secrets.Length == 0 ? SecretMasker.None : new SecretMasker(secrets);
        return new DetachedTask(tool, work, masker, about.Text(), new DateTimeOffset(about.Long(), TimeSpan.Zero));
    }

    private static string NameOf(ProgramEnvironment environment, AttemptOrder order) =>
        environment.Mark is { } mark && mark.StartsWith(NameEntry, StringComparison.Ordinal)
            ? mark[NameEntry.Length..]
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{order.Job}/{order.Ordinal}");

    private static ProgramEnvironment Marked(ProgramEnvironment environment, DetachedFolder folder) =>
        environment with { Entries = [.. environment.Entries, .. DetachedClaim.MarksOf(folder)] };
}
