using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>
/// The parent's side of one worker's conversation: nothing a worker says can harm more than the worker.
/// </summary>
/// <param name="channel">This side of its connection.</param>
/// <param name="onHello">It said hello.</param>
/// <param name="onBroken">Its connection ended: it may be dying, and how it died says more.</param>
/// <param name="onFault">It cannot be talked with, whatever becomes of it.</param>
/// <param name="onSpent">After its task it is of no more use.</param>
internal sealed class WorkerLink(
    Channel channel, Action<Hello> onHello, Action<string> onBroken, Action<string> onFault, Action onSpent)
    : IChannelSink
{
    private readonly Lock _gate = new();
    private readonly FrameBuffer _frames = new(Protocol.LongestOfWorker);
    private WorkerCall? _call;
    private int _number;
    private bool _greeted;
    private bool _broken;
    private bool _lost;
    private long _heard;
    private long _answered;

    /// <summary>Frames that came so far: any of them is a sign of life.</summary>
    public long Heard => Interlocked.Read(ref _heard);

    /// <summary>The number of the last ping that it answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    public void Ping(long number) => channel.Send(new WireWriter(FrameKind.Ping).Add(number).Frame());

    /// <summary>Does a call in the worker. Where the worker is lost meanwhile, it ends as stopped.</summary>
    public async ValueTask<ToolOutcome> CallAsync(ToolRun run, CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref _number);
        var frame = WorkCodec.Write(run.Tool, run.Work, number);
        if (frame.Length > Protocol.LongestOfParent)
        {
            return new ToolOutcome(AttemptEnd.Hopeless,
                $"too large: with its items and variables the task has {frame.Length >> 20} MB, "
                    + $"and a worker takes {Protocol.LongestOfParent >> 20}; put large values in files");
        }

        var call = new WorkerCall(number, run);
        lock (_gate)
        {
            if (_lost) return new ToolOutcome(AttemptEnd.Stopped);
            _call = call;
        }

        // Its end is the worker's, and that is told when it is known how the worker ended.
        if (!channel.Send(frame.Frame())) onBroken("it takes nothing that is sent to it");
        using var gently = cancel.UnsafeRegister(_ => Say(FrameKind.Stop, number), null);
        using var forced = run.Force.UnsafeRegister(_ => Say(FrameKind.Force, number), null);
        return await call.Ended;
    }

    public void Say(FrameKind kind) => channel.Send(WireWriter.Empty(kind));

    /// <summary>The worker is gone or given up: its call ends, and what it still says is not heard.</summary>
    public void Lose()
    {
        WorkerCall? call;
        lock (_gate)
        {
            _lost = true;
            (call, _call) = (_call, null);
        }

        call?.End(new ToolOutcome(AttemptEnd.Stopped));
        channel.Close();
    }

    public bool OnBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _frames.Add(bytes);
            while (_frames.TryNext(out var kind, out var content))
            {
                Interlocked.Increment(ref _heard);
                Hear(kind, content);
            }

            return true;
        }
        catch (InvalidDataException problem)
        {
            _broken = true;
            onFault($"it said what no worker says: {problem.Message}");
            return false;
        }
    }

    public void OnEnd(Exception? bug)
    {
        if (bug is not null) onFault($"what it said could not be taken: {bug.GetType().Name}: {bug.Message}");
        else if (!_broken) onBroken("it closed its connection");
    }

    private void Hear(FrameKind kind, ReadOnlySpan<byte> content)
    {
        if (!_greeted)
        {
            if (kind != FrameKind.Hello) throw new InvalidDataException("it does not begin with a hello");
            _greeted = true;
            onHello(Hello.Read(content));
            return;
        }

        var from = new WireReader(content);
        switch (kind)
        {
            case FrameKind.Beat: Progress(from.Long()); break;
            case FrameKind.Pong: Interlocked.Exchange(ref _answered, from.Long()); break;
            case FrameKind.Output: Take(Called(from.Int()), from.Rest()); break;
            case FrameKind.Waits: Wait(Called(from.Int()), from.TextOrNull(), from.LongOrNull()); break;
            case FrameKind.Warn: Called(from.Int())?.Warn(from.Text()); break;
            case FrameKind.Spent: Spend(Called(from.Int()), from.Text()); break;
            case FrameKind.Result: End(OutcomeCodec.Read(content)); break;
            default: throw new InvalidDataException($"frame {(byte)kind} is not known");
        }
    }

    private void Take(WorkerCall? call, ReadOnlySpan<byte> bytes)
    {
        if (call is null || bytes.IsEmpty) return;
        var (credit, refuse) = call.Take(bytes);
        if (refuse) Say(FrameKind.Refuse, call.Number);
        else if (credit > 0) channel.Send(new WireWriter(FrameKind.Credit).Add(call.Number).Add(credit).Frame());
    }

    private void Progress(long total)
    {
        WorkerCall? call;
        lock (_gate) call = _call;
        call?.Progress(total);
    }

    private void Spend(WorkerCall? call, string why)
    {
        call?.Warn($"its child is given up with it: {why}");
        onSpent();
    }

    private static void Wait(WorkerCall? call, string? what, long? until)
    {
        if (until is < 0 || until > DateTime.MaxValue.Ticks) throw new InvalidDataException("a moment is none");
        call?.Wait(what, until is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null);
    }

    private void End((int Number, ToolOutcome Outcome) result)
    {
        if (Called(result.Number) is not { } call) return;
        lock (_gate)
        {
            if (_call == call) _call = null;
        }

        call.End(result.Outcome);
    }

    private WorkerCall? Called(int number)
    {
        lock (_gate) return _call?.Number == number ? _call : null;
    }

    private void Say(FrameKind kind, int number) => channel.Send(new WireWriter(kind).Add(number).Frame());
}
