using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Secrets;

namespace Amoeba.Cells.Detached;

/// <summary>What a worker is to do, as a file: the task's frame, and what it must not write in clear.</summary>
internal static class DetachedTask
{
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(DetachedFolder folder, BoundTool tool, AttemptWork work)
    {
        var environment = new Lazy<ProgramEnvironment>(() => Marked(work.Environment(), folder));
        var marked = new AttemptWork
        {
            Order = work.Order,
            Chain = [tool],
            Items = work.Items,
            Index = work.Index,
            Limits = work.Limits,
            Folder = work.Folder,
            Grace = work.Grace,
            Environment = () => environment.Value,
        };
        var task = WorkCodec.Write(tool, marked, folder.Step).Frame();
        // Of what is secret only that goes along which its programs are given anyway.
        var secrets = tool is BoundWait ? [] : work.Masker.Secrets
            .Where(secret => environment.Value.Entries.Any(entry => entry.Contains(secret, StringComparison.Ordinal))).ToArray();
        var masked = new WireWriter(FrameKind.Task).Add(secrets).Frame();
        DetachedFolder.WriteWhole(folder.Task, [.. task.Span, .. masked.Span]);
    }

    /// <exception cref="InvalidDataException">It is no task.</exception>
    public static (BoundTool Tool, AttemptWork Work, SecretMasker Masker)? Read(DetachedFolder folder)
    {
        if (DetachedFolder.Read(folder.Task) is not { } bytes) return null;
        var frames = new FrameBuffer(int.MaxValue);
        frames.Add(bytes);
        if (!frames.TryNext(out _, out var content)) throw new InvalidDataException("a task ends too early");
        var (_, tool, work) = WorkCodec.Read(content);
        if (!frames.TryNext(out _, out content)) throw new InvalidDataException("a task ends too early");
        var secrets = new WireReader(content).Texts();
        return (tool, work, secrets.Length == 0 ? SecretMasker.None : new SecretMasker(secrets));
    }

    private static ProgramEnvironment Marked(ProgramEnvironment environment, DetachedFolder folder) =>
        environment with { Entries = [.. environment.Entries, .. DetachedClaim.MarksOf(folder)] };
}
