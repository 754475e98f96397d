namespace Amoeba.Scheduling;

/// <summary>
/// What was asked in the last minute, by slots of half a second. A slot leaves only when all of it is older than a
/// minute and the margin: then no minute that a server may count, however it is laid, holds more than this window did.
/// </summary>
internal sealed class QuotaWindow
{
    private readonly List<Slot> _slots = [];

    public long Requests { get; private set; }

    public long Tokens { get; private set; }

    public bool IsEmpty => _slots.Count == 0;

    public static long SlotOf(long at) => at / QuotaTiming.Slot;

    public QuotaWindow Clone()
    {
        var copy = new QuotaWindow { Requests = Requests, Tokens = Tokens };
        copy._slots.AddRange(_slots);
        return copy;
    }

    public void Add(long now, long requests, long tokens)
    {
        var slot = SlotOf(now);
        if (_slots.Count > 0 && _slots[^1].Index >= slot)
        {
            _slots[^1] = new Slot(_slots[^1].Index, _slots[^1].Requests + requests, _slots[^1].Tokens + tokens);
        }
        else
        {
            _slots.Add(new Slot(slot, requests, tokens));
        }

        Requests += requests;
        Tokens += tokens;
    }

    /// <summary>
    /// Corrects what was added at a moment. What left the window already is past; a debt counts from now on.
    /// </summary>
    public void Correct(long at, long now, long requests, long tokens)
    {
        var slot = SlotOf(at);
        var found = _slots.FindIndex(one => one.Index >= slot);
        if (found >= 0 && _slots[found].Index == slot)
        {
            var was = _slots[found];
            var corrected = new Slot(slot, Math.Max(0, was.Requests + requests), Math.Max(0, was.Tokens + tokens));
            _slots[found] = corrected;
            Requests += corrected.Requests - was.Requests;
            Tokens += corrected.Tokens - was.Tokens;
        }
        else if (tokens > 0)
        {
            Add(now, 0, tokens);
        }
    }

    /// <summary>Lets go of what is older than a minute and the margin.</summary>
    public void Expire(long now)
    {
        var gone = 0;
        while (gone < _slots.Count && Leaves(_slots[gone]) <= now)
        {
            Requests -= _slots[gone].Requests;
            Tokens -= _slots[gone].Tokens;
            gone++;
        }

        _slots.RemoveRange(0, gone);
    }

    /// <summary>The earliest moment at which no more than so many calls are left; 0 where that is so already.</summary>
    public long WhenRequests(long atMost)
    {
        var left = Requests;
        return When(ref left, atMost, static slot => slot.Requests);
    }

    public long WhenTokens(long atMost)
    {
        var left = Tokens;
        return When(ref left, atMost, static slot => slot.Tokens);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write7BitEncodedInt(_slots.Count);
        long before = 0;
        foreach (var slot in _slots)
        {
            writer.Write7BitEncodedInt64(slot.Index - before);
            writer.Write7BitEncodedInt64(slot.Requests);
            writer.Write7BitEncodedInt64(slot.Tokens);
            before = slot.Index;
        }
    }

    public static QuotaWindow Read(BinaryReader reader)
    {
        var window = new QuotaWindow();
        long index = 0;
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            index += reader.Read7BitEncodedInt64();
            window.Add(index * QuotaTiming.Slot, reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        }

        return window;
    }

    private static long Leaves(Slot slot) =>
        (slot.Index + 1) * QuotaTiming.Slot + QuotaTiming.Minute + QuotaTiming.Margin;

    private long When(ref long left, long atMost, Func<Slot, long> of)
    {
        long when = 0;
        for (var i = 0; i < _slots.Count && left > atMost; i++)
        {
            left -= of(_slots[i]);
            when = Leaves(_slots[i]);
        }

        return when;
    }

    private readonly record struct Slot(long Index, long Requests, long Tokens);
}
