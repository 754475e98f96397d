namespace Amoeba.Scheduling;

/// <summary>
/// After a refusal: nothing goes until the server's moment has come; then one call, a second later two more, then four,
/// and so on, so that a server that still refuses is asked in vain only a few times. Where the server names no moment,
/// or the next call fails too, the waits double.
/// </summary>
internal sealed class QuotaRecovery
{
    private const int Doublings = 10;
    private const int MostMisses = 6;

    private long _setAt = -1;
    private int _misses;
    private bool _accepted = true;
    private long _from;
    private long _taken;

    public long Until { get; private set; }

    public QuotaRecovery Clone() => (QuotaRecovery)MemberwiseClone();

    /// <summary>A call that began before the last refusal came belongs to it, and is no new one.</summary>
    public bool IsNew(long granted) => granted >= _setAt;

    /// <summary>The server took a call since the last refusal.</summary>
    public bool WasAccepted => _accepted;

    /// <summary>Refusals one after the other without a call taken between them, beyond the first.</summary>
    public int Misses => _misses;

    public void Refused(long now, long granted, long? after)
    {
        var wait = after is { } said ? said + QuotaTiming.RetryMargin : 0;
        var until = Until;
        var isNew = IsNew(granted);
        if (isNew)
        {
            _misses = _accepted ? 0 : Math.Min(_misses + 1, MostMisses);
            _accepted = false;
            _setAt = now;
            if (after is null || _misses > 1)
            {
                wait = Math.Max(wait, Math.Min(QuotaTiming.Second << _misses, QuotaTiming.Minute));
            }
        }

        Block(now, wait);
        if (isNew || Until > until)
        {
            _from = Until;
            _taken = 0;
        }
    }

    /// <summary>Nothing goes for a while, though nothing was refused.</summary>
    public void Block(long now, long wait)
    {
        if (wait > 0)
        {
            Until = Math.Max(Until, now + Math.Min(wait, QuotaTiming.LongestBlock));
        }
    }

    public void Accepted(long granted)
    {
        if (IsNew(granted))
        {
            _accepted = true;
            _misses = 0;
        }
    }

    /// <summary>When the next call may go after the last refusal.</summary>
    public long NextAt(long now)
    {
        if (_setAt < 0 || now >= _from + Doublings * QuotaTiming.Second)
        {
            return 0;
        }

        // 1, 3, 7, ... calls in all by the seconds 0, 1, 2, ...
        var second = 0;
        while ((2L << second) - 1 <= _taken && second < Doublings)
        {
            second++;
        }

        return _from + second * QuotaTiming.Second;
    }

    public void Take() => _taken++;

    public void Write(BinaryWriter writer)
    {
        writer.Write(_setAt);
        writer.Write((byte)_misses);
        writer.Write(_accepted);
        writer.Write(_from);
        writer.Write(_taken);
        writer.Write(Until);
    }

    public static QuotaRecovery Read(BinaryReader reader) => new()
    {
        _setAt = reader.ReadInt64(),
        _misses = reader.ReadByte(),
        _accepted = reader.ReadBoolean(),
        _from = reader.ReadInt64(),
        _taken = reader.ReadInt64(),
        Until = reader.ReadInt64(),
    };
}
