using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Cells.Wire;

/// <summary>
/// One tool with everything it needs, for a process that has no store: arguments are filled in, files are there
/// already, and the environment of its programs is complete.
/// </summary>
internal static class WorkCodec
{
    private const byte Run = 1, Sh = 2, Wait = 3;

    public static bool Carries(BoundTool tool) => tool is BoundRun or BoundSh or BoundWait;

    /// <param name="tool">One that <see cref="Carries"/> knows.</param>
    /// <param name="work">The attempt it belongs to.</param>
    /// <param name="number">The sender's, which everything about this call says again.</param>
    public static WireWriter Write(BoundTool tool, AttemptWork work, int number)
    {
        var into = new WireWriter(FrameKind.Task, 1024).Add(number);
        WriteTool(into, tool);
        var order = work.Order;
        into.Add(order.Job).Add(order.Ordinal).Add(order.Items).Add(order.Attempt).Add(order.Child);
        into.Add(work.Folder).Add(work.Index).Add(work.Grace.Ticks);
        WriteLimits(into, work.Limits);
        // Only `wait` reads items by itself; programs have them in their environment.
        into.Add(tool is BoundWait ? [.. work.Items.Select(item => item.Text)] : Array.Empty<string>());
        var environment = tool is BoundWait ? new ProgramEnvironment([], null) : work.Environment();
        return into.Add(environment.Entries).Add(environment.Mark).Add(environment.Stdin);
    }

    /// <exception cref="InvalidDataException">It is no task.</exception>
    public static (int Number, BoundTool Tool, AttemptWork Work) Read(ReadOnlySpan<byte> content)
    {
        var from = new WireReader(content);
        var number = from.Int();
        var tool = ReadTool(ref from);
        var order = new AttemptOrder(from.Text(), from.Int(), from.Int(), from.Int(), from.Text());
        var (folder, index, grace) = (from.Text(), from.Int(), TimeSpan.FromTicks(from.Long()));
        var limits = ReadLimits(ref from);
        Item[] items = [.. from.Texts().Select(text => new TextItem(text))];
        var environment = new ProgramEnvironment(from.Texts(), from.TextOrNull()) { Stdin = from.TextOrNull() };
        var work = new AttemptWork
        {
            Order = order,
            Chain = [tool],
            Items = items,
            Index = index,
            Limits = limits,
            Folder = folder,
            Environment = () => environment,
            Grace = grace,
        };
        return (number, tool, work);
    }

    private static void WriteTool(WireWriter into, BoundTool tool)
    {
        switch (tool)
        {
            case BoundRun run: into.Add(Run).Add(run.Arguments); break;
            case BoundSh sh: into.Add(Sh).Add(sh.Text); break;
            case BoundWait wait: into.Add(Wait).Add(wait.Seconds); break;
            default: throw new ArgumentOutOfRangeException(nameof(tool), tool.Name, "Not carried.");
        }
    }

    private static BoundTool ReadTool(ref WireReader from) => from.Byte() switch
    {
        Run => new BoundRun(from.Texts()),
        Sh => new BoundSh(from.Text()),
        Wait => new BoundWait(from.Double()),
        var other => throw new InvalidDataException($"tool {other} is not known"),
    };

    private static void WriteLimits(WireWriter into, LimitSpec limits) => into
        .Add(limits.Memory).Add(limits.Cpu).Add(limits.Timeout.Ticks).Add(limits.Stall?.Ticks)
        .Add(limits.Output).Add(limits.Processes).Add(limits.Files).Add(limits.Retries).Add(limits.Tokens);

    private static LimitSpec ReadLimits(ref WireReader from) => new()
    {
        Memory = from.Long(),
        Cpu = from.DoubleOrNull(),
        Timeout = TimeSpan.FromTicks(from.Long()),
        Stall = from.LongOrNull() is { } ticks ? TimeSpan.FromTicks(ticks) : null,
        Output = from.Long(),
        Processes = from.Int(),
        Files = from.Int(),
        Retries = from.Int(),
        Tokens = from.LongOrNull(),
    };
}
