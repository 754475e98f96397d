namespace Amoeba.Scheduling;

/// <summary>
/// Whose turn it is: the job that was served least recently. Where several jobs share a key, each may take its part of
/// a minute's quota at once; what it takes beyond that is spaced evenly, so that a wide job cannot use the minute up
/// in its first moment while a narrow one, which asks little at a time, has to look on.
/// </summary>
internal sealed class QuotaFairness
{
    private readonly Dictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private long _turn;
    private QuotaPace _beyond;

    /// <summary>Grows with how recently a job was served; 0 for a new one.</summary>
    public long TurnOf(string job) => _jobs.GetValueOrDefault(job).Turn;

    /// <summary>The earliest moment at which a job's share allows a call; 0 where it does already.</summary>
    /// <param name="job">Whose call.</param>
    /// <param name="now">When.</param>
    /// <param name="part">The part of a minute's quota that the call takes.</param>
    public long NextAt(string job, long now, double part)
    {
        if (_jobs.Count < 2 || !IsBeyond(job, now, part, out var over))
        {
            return 0;
        }

        return Math.Min(_beyond.NextAt, now + (long)Math.Ceiling(over * _jobs.Count * QuotaTiming.Minute));
    }

    /// <param name="job">Whose call goes.</param>
    /// <param name="now">When.</param>
    /// <param name="part">The part of a minute's quota that it takes.</param>
    public void Serve(string job, long now, double part)
    {
        if (_jobs.Count > 1 && IsBeyond(job, now, part, out _))
        {
            _beyond.Take(now, part, 1);
        }

        _jobs[job] = new Job(++_turn, now, Used(job, now) + part);
    }

    /// <summary>
    /// Makes known the jobs that wait, and forgets those that do not and were not served for a minute.
    /// </summary>
    public void Meet(long now, IEnumerable<QuotaWaiter> waiting)
    {
        var wait = waiting.Select(waiter => waiter.Job).ToHashSet(StringComparer.Ordinal);
        foreach (var (job, served) in _jobs)
        {
            if (now - served.At > QuotaTiming.Minute && !wait.Contains(job))
            {
                _jobs.Remove(job);
            }
        }

        foreach (var job in wait)
        {
            _jobs.TryAdd(job, new Job(0, now, 0));
        }
    }

    public QuotaFairness Clone()
    {
        var copy = new QuotaFairness { _turn = _turn, _beyond = _beyond };
        foreach (var (job, served) in _jobs)
        {
            copy._jobs[job] = served;
        }

        return copy;
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write7BitEncodedInt64(_turn);
        _beyond.Write(writer);
        writer.Write7BitEncodedInt(_jobs.Count);
        foreach (var (job, served) in _jobs)
        {
            writer.Write(job);
            writer.Write7BitEncodedInt64(served.Turn);
            writer.Write7BitEncodedInt64(served.At);
            writer.Write(served.Used);
        }
    }

    public static QuotaFairness Read(BinaryReader reader)
    {
        var fairness = new QuotaFairness { _turn = reader.Read7BitEncodedInt64(), _beyond = QuotaPace.Read(reader) };
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            fairness._jobs[reader.ReadString()] =
                new Job(reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(), reader.ReadDouble());
        }

        return fairness;
    }

    private bool IsBeyond(string job, long now, double part, out double over)
    {
        var used = Used(job, now);
        over = used + part - 1.0 / _jobs.Count;
        return used > 0 && over > 1e-9;
    }

    /// <summary>What a job has used of the quota; it wears off at the rate of the job's share.</summary>
    private double Used(string job, long now)
    {
        var served = _jobs.GetValueOrDefault(job);
        return Math.Max(0, served.Used - (double)(now - served.At) / QuotaTiming.Minute / Math.Max(1, _jobs.Count));
    }

    private readonly record struct Job(long Turn, long At, double Used);
}
