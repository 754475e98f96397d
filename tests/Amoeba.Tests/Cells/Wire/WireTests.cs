using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Cells.Wire;

public sealed class WireTests
{
    private static readonly AttemptOrder Order = new("job-1", 7, 2, 3, "c-1");

    public static TheoryData<string> Tools => ["run", "sh", "wait"];

    [Theory]
    [MemberData(nameof(Tools))]
    public void A_task_arrives_as_it_was_sent(string name)
    {
        BoundTool tool = name switch
        {
            "run" => new BoundRun(["echo", "", "ä\n漢😀"]),
            "sh" => new BoundSh("echo {}\n"),
            _ => new BoundWait(0.25),
        };
        var limits = new LimitSpec { Cpu = 1.5, Stall = TimeSpan.FromSeconds(9), Tokens = 12, Files = 99, Retries = 0 };
        var work = new AttemptWork
        {
            Order = Order,
            Chain = [tool],
            Items = [new TextItem("a"), new TextItem("")],
            Index = 4,
            Limits = limits,
            Folder = "/a b",
            Environment = () => new ProgramEnvironment(["A=1", "B="], "A=1") { Stdin = "/in" },
            Grace = TimeSpan.FromSeconds(3),
        };
        var (number, read, back) = WorkCodec.Read(WorkCodec.Write(tool, work, 42).Frame().Span[Protocol.Header..]);

        Assert.Equal((42, Order, limits, "/a b", 4, work.Grace),
            (number, back.Order, back.Limits, back.Folder, back.Index, back.Grace));
        if (tool is not BoundRun run) Assert.Equal(tool, read);
        else Assert.Equal(run.Arguments, Assert.IsType<BoundRun>(read).Arguments);
        var environment = back.Environment();
        Assert.Equal(name == "wait" ? 0 : 2, environment.Entries.Count);
        Assert.Equal(name == "wait" ? null : "/in", environment.Stdin);
        Assert.Equal(name == "wait" ? 2 : 0, back.Items.Count);
    }

    [Fact]
    public void A_result_arrives_as_it_was_sent()
    {
        var outcome = new ToolOutcome(AttemptEnd.OverLimit, "memory: much")
        {
            PeakMemory = 12,
            CpuSeconds = 0.5,
            Tokens = new(1, 2, 3, 4),
            CostUsd = 0.0001m,
            Note = "cut",
            CutBefore = 8,
        };
        Assert.Equal((9, outcome), Sent(9, outcome));
        var longer = outcome with { Error = new string('x', Protocol.LongestText + 1) };
        var cut = outcome with { Error = new string('x', Protocol.LongestText), IsCutShort = true };
        Assert.Equal((9, cut), Sent(9, longer));
        Assert.Equal((9, cut), Sent(9, cut));

        static (int, ToolOutcome) Sent(int number, in ToolOutcome outcome) =>
            OutcomeCodec.Read(OutcomeCodec.Write(number, outcome).Frame().Span[Protocol.Header..]);
    }

    [Fact]
    public void Frames_are_the_same_however_their_bytes_arrive() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(),
        cuts =>
        {
            byte[] stream = [.. Enumerable.Range(0, 40).SelectMany(i =>
                new WireWriter((FrameKind)(i % 7)).Add(new byte[i * 13]).Frame().ToArray())];
            var frames = new FrameBuffer(1 << 20);
            var (next, seen) = (0, 0);
            for (var i = 0; next < stream.Length; i++)
            {
                var cut = cuts.Length == 0 ? stream.Length : Math.Abs(cuts[i % cuts.Length] % 97) + 1;
                var end = Math.Min(stream.Length, next + cut);
                frames.Add(stream.AsSpan(next, end - next));
                next = end;
                while (frames.TryNext(out var kind, out var content))
                {
                    Assert.Equal(((FrameKind)(seen % 7), seen * 13), (kind, content.Length));
                    seen++;
                }
            }

            return seen == 40;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Garbage_is_refused_and_never_anything_worse() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            Refuses(() => WorkCodec.Read(bytes));
            Refuses(() => OutcomeCodec.Read(bytes));
            Refuses(() => Hello.Read(bytes));
            Refuses(() =>
            {
                var frames = new FrameBuffer(64);
                frames.Add(bytes);
                while (frames.TryNext(out _, out _)) { }
            });
        }).QuickCheckThrowOnFailure();

    private static void Refuses(Action read)
    {
        try
        {
            read();
        }
        catch (InvalidDataException)
        {
            // What every reader of frames expects.
        }
    }
}
