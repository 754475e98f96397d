using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>
/// Listens to the parent and does one task after the other. When the parent is gone, however that came, everything it
/// runs is killed and it ends.
/// </summary>
/// <param name="channel">To the parent.</param>
/// <param name="beat">Milliseconds between two signs of life.</param>
/// <param name="isInContainer">It is alone with its tasks.</param>
internal sealed class WorkerHost(InheritedChannel channel, int beat, bool isInContainer)
{
    private const int NotUnderstood = 3;

    private readonly Lock _gate = new();
    private WorkerCall? _call;
    private bool _drains;

    public WorkerTools Tools { get; } = new(ownsContainer: isInContainer && IsFirst);

    /// <summary>Of the container it is alone in; null elsewhere.</summary>
    public Task<ContainerCare?> Care { get; private set; } = Task.FromResult<ContainerCare?>(null);

    private static bool IsFirst => Environment.ProcessId == 1;

    public void Run()
    {
        if (isInContainer) Care = ContainerCare.Begin(Tools);
        new Thread(Beat, maxStackSize: 128 << 10) { IsBackground = true, Name = "amoeba beat" }.Start();
        var frames = new FrameBuffer(Protocol.LongestOfParent);
        var buffer = new byte[16 << 10];
        try
        {
            for (int count; (count = channel.Read(buffer)) > 0;)
            {
                frames.Add(buffer.AsSpan(0, count));
                while (frames.TryNext(out var kind, out var content)) Hear(kind, content);
            }

            End(0);
        }
        catch (InvalidDataException problem)
        {
            Console.Error.WriteLine($"amoeba-worker did not understand its parent: {problem.Message}");
            End(NotUnderstood);
        }
    }

    public void Ended(WorkerCall call, in ToolOutcome outcome)
    {
        bool drains;
        lock (_gate)
        {
            // Before it is said: the answer to it may be the next task.
            _call = null;
            drains = _drains;
        }

        channel.Write(OutcomeCodec.Write(call.Number, outcome).Frame().Span);
        if (drains) End(0);
    }

    private void Hear(FrameKind kind, ReadOnlySpan<byte> content)
    {
        var from = new WireReader(content);
        switch (kind)
        {
            case FrameKind.Task: Begin(content); break;
            case FrameKind.Credit: Called(from.Int())?.Output.Grant(from.Int()); break;
            case FrameKind.Stop: Called(from.Int())?.Stop(); break;
            case FrameKind.Force: Called(from.Int())?.Force(); break;
            // As by force: a program that writes nothing more would never learn that its output is not wanted.
            case FrameKind.Refuse: Called(from.Int())?.Force(); break;
            case FrameKind.Ping: channel.Write(new WireWriter(FrameKind.Pong).Add(from.Long()).Frame().Span); break;
            case FrameKind.Drain: Drain(); break;
            default: throw new InvalidDataException($"frame {(byte)kind} is not known");
        }
    }

    private void Begin(ReadOnlySpan<byte> content)
    {
        var (number, tool, work) = WorkCodec.Read(content);
        var call = new WorkerCall(this, channel, number, tool, work);
        lock (_gate)
        {
            if (_call is not null) throw new InvalidDataException("a task came while another runs");
            _call = call;
        }

        ThreadPool.UnsafeQueueUserWorkItem(call, preferLocal: false);
    }

    /// <summary>Null where it has ended: what is said of it crossed with its result.</summary>
    private WorkerCall? Called(int number)
    {
        lock (_gate) return _call?.Number == number ? _call : null;
    }

    private void Drain()
    {
        lock (_gate)
        {
            _drains = true;
            if (_call is not null) return;
        }

        End(0);
    }

    /// <summary>On a thread that does nothing else, so that no work can hold it back.</summary>
    private void Beat()
    {
        using var never = new ManualResetEvent(false);
        while (!never.WaitOne(beat))
        {
            long progress;
            lock (_gate) progress = _call?.Done ?? 0;
            if (!channel.Write(new WireWriter(FrameKind.Beat).Add(progress).Frame().Span)) return;
        }
    }

    private void End(int code)
    {
        // With the first process of a container the kernel ends every other.
        if (isInContainer && IsFirst) InheritedChannel.Exit(code);
        Care.Wait();
        WorkerCall? call;
        lock (_gate) call = _call;
        call?.Force();
        Tools.Dispose();
        InheritedChannel.Exit(code);
    }
}
