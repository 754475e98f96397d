using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>
/// A task's output on its way to the parent: without credit the writer waits, and with it the program.
/// </summary>
internal sealed class CreditedOutput(InheritedChannel channel, int number) : IOutputWriter
{
    private readonly object _gate = new();
    private int _credit = Protocol.Window;
    private bool _over;
    private long _length;

    public long Length => Interlocked.Read(ref _length);

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Take(bytes.Length) is not (> 0 and var count)) return false;
            channel.Write(
                new WireWriter(FrameKind.Output, count + sizeof(int)).Add(number).Add(bytes[..count]).Frame().Span);
            Interlocked.Add(ref _length, count);
            bytes = bytes[count..];
        }

        return true;
    }

    public void Grant(int bytes)
    {
        lock (_gate)
        {
            _credit += bytes;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>No more of it is wanted; whoever waits goes on, and ends its program.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _over = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The parent keeps it.</summary>
    public OutputRef Complete() => OutputRef.None;

    public void Dispose()
    {
    }

    private int Take(int wanted)
    {
        lock (_gate)
        {
            while (_credit == 0 && !_over) Monitor.Wait(_gate);
            if (_over) return 0;
            var taken = Math.Min(Math.Min(wanted, Protocol.Chunk), _credit);
            _credit -= taken;
            return taken;
        }
    }
}
