using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Tests.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Queue = System.Threading.Channels.Channel;

namespace Amoeba.Tests.Cells.Process;

/// <summary>The real worker, and a parent that says exactly what a test wants said.</summary>
[Collection("cells")] // their children share marks, by which orphans are told apart
public sealed class WorkerProtocolTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task A_ping_is_answered_with_its_number_also_while_a_task_runs()
    {
        var talk = Talk();
        await talk.ExpectAsync(FrameKind.Hello);
        talk.Say(new WireWriter(FrameKind.Ping).Add(4711L));
        Assert.Equal(4711L, new WireReader(await talk.ExpectAsync(FrameKind.Pong)).Long());
        talk.Say(Task("sleep 300"));
        talk.Say(new WireWriter(FrameKind.Ping).Add(4712L));
        Assert.Equal(4712L, new WireReader(await talk.ExpectAsync(FrameKind.Pong)).Long());
    }

    [Theory(Timeout = 120_000)]
    [InlineData(null)]
    [InlineData("sleep 0.5; echo done")]
    public async Task One_that_is_drained_ends_its_task_and_goes(string? task)
    {
        var talk = Talk();
        await talk.ExpectAsync(FrameKind.Hello);
        if (task is not null) talk.Say(Task(task));
        talk.Say(new WireWriter(FrameKind.Drain));
        if (task is not null)
        {
            await talk.ExpectAsync(FrameKind.Output);
            Assert.Equal(AttemptEnd.Succeeded, OutcomeCodec.Read(await talk.ExpectAsync(FrameKind.Result)).Outcome.End);
        }

        Assert.Equal(0, (await talk.Run.Exit()).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Without_credit_no_more_output_comes_than_the_window_holds()
    {
        var talk = Talk();
        await talk.ExpectAsync(FrameKind.Hello);
        talk.Say(Task("exec head -c 2000000 /dev/zero"));
        var came = 0;
        while (came < Protocol.Window) came += (await talk.ExpectAsync(FrameKind.Output)).Length - sizeof(int);
        Assert.Equal(Protocol.Window, came);
        // What follows is the answer to this, and no output that was not paid for.
        talk.Say(new WireWriter(FrameKind.Ping).Add(1L));
        await talk.ExpectAsync(FrameKind.Pong);
        talk.Say(new WireWriter(FrameKind.Credit).Add(1).Add(1000));
        Assert.Equal(1000, (await talk.ExpectAsync(FrameKind.Output)).Length - sizeof(int));
        talk.Say(new WireWriter(FrameKind.Refuse).Add(1));
        await talk.ExpectAsync(FrameKind.Result);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_second_task_beside_the_first_and_a_frame_it_does_not_know_end_it_with_words()
    {
        var twice = Talk();
        twice.Say(Task("sleep 300"));
        twice.Say(Task("sleep 300"));
        Assert.Equal((3, "amoeba-worker did not understand its parent: a task came while another runs\n"),
            await EndOf(twice));

        var unknown = Talk();
        unknown.Say(new WireWriter((FrameKind)99));
        Assert.Equal((3, "amoeba-worker did not understand its parent: frame 99 is not known\n"), await EndOf(unknown));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("was asked for version 999: both have to come from one installation.", "999", "5000")]
    [InlineData("amoeba-worker is started by amoeba")]
    public async Task Another_version_and_a_person_are_refused_with_words(string words, params string[] arguments)
    {
        var (code, said) = await EndOf(Talk(arguments));
        Assert.Equal(2, code);
        Assert.Contains(words, said, StringComparison.Ordinal);
    }

    private static async Task<(int?, string)> EndOf(Conversation talk) =>
        ((await talk.Run.Exit()).Code, talk.Run.Stderr);

    private WireWriter Task(string text)
    {
        var environment = new ProgramEnvironment(["PATH=/usr/local/bin:/usr/bin:/bin"], null);
        return WorkCodec.Write(new BoundSh(text), new AttemptWork
        {
            Order = new AttemptOrder("job", 0, 0, 1, "c-1"),
            Chain = [new BoundSh(text)],
            Items = [],
            Limits = new LimitSpec(),
            Folder = _programs.Folder,
            Environment = () => environment,
        }, 1);
    }

    /// <param name="arguments">Null is what a parent gives.</param>
    private Conversation Talk(string[]? arguments = null)
    {
        var channel = Channel.TryMake(out var theirs)!;
        string[] marks = ["AMOEBA_IS_CHILD=1", Programs.NewCookie()];
        var start = WorkerProgram.Find()!.Start(["PATH=/usr/bin:/bin"], marks, TimeSpan.FromMinutes(1), theirs);
        var run = _programs.Start(arguments is null ? start : start with { Arguments = arguments });
        Channel.CloseTheirs(theirs);
        return new Conversation(channel, run);
    }

    private sealed class Conversation : IChannelSink
    {
        private readonly System.Threading.Channels.Channel<(FrameKind Kind, byte[] Content)> _heard =
            Queue.CreateUnbounded<(FrameKind, byte[])>();

        private readonly FrameBuffer _frames = new(Protocol.LongestOfWorker);
        private readonly Channel _channel;

        public Conversation(Channel channel, Started run)
        {
            (_channel, Run) = (channel, run);
            ChannelHub.Open(channel, this, NullLogger.Instance);
        }

        public Started Run { get; }

        public void Say(WireWriter frame) => _channel.Send(frame.Frame());

        public async Task<byte[]> ExpectAsync(FrameKind kind)
        {
            var (came, content) = await _heard.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(kind, came);
            return content;
        }

        public bool OnBytes(ReadOnlySpan<byte> bytes)
        {
            _frames.Add(bytes);
            while (_frames.TryNext(out var kind, out var content)) _heard.Writer.TryWrite((kind, content.ToArray()));
            return true;
        }

        public void OnEnd(Exception? bug) => _heard.Writer.TryComplete();
    }
}
