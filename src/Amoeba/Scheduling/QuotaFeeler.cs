namespace Amoeba.Scheduling;

/// <summary>
/// Feels for the highest figure that a server bears. A refusal cuts it to a part of what was in use; then it climbs
/// back quickly to just below what failed, stays there for a while, and only then tries more, a little at first and
/// more with each stride. What fails again near where it failed before is taken for the true limit: the next cut is
/// small and the next stay longer. Refusals far below what was borne before, as in a storm, say little about the limit:
/// no cut goes below half of the best, which wears off with each refusal.
/// </summary>
internal sealed class QuotaFeeler
{
    private const double Cut = 0.7;
    private const double CutNear = 0.9;
    private const double Near = 0.1;
    private const double Below = 0.97;
    private const double Climb = 0.05;
    private const double Stride = 0.01;
    private const double HalfOfBest = 0.5;
    private const double Wear = 0.9;
    private const int MostHolds = 4;
    private const int MostStrides = 20;
    private const long ClimbEvery = 5 * QuotaTiming.Second;
    private const long StrideEvery = 10 * QuotaTiming.Second; // a limit a minute is slow to say that it is passed
    private const long FirstHold = 15 * QuotaTiming.Second; // one failure alone may have been for another reason
    private const long Hold = 30 * QuotaTiming.Second;

    private double _failed;
    private double _best;
    private double _bestBefore;
    private double _failedBefore;
    private double _limitBefore = double.PositiveInfinity;
    private long _cutAt;
    private long _stepAt;
    private int _holds;
    private int _strides;
    private bool _bound;

    /// <summary>What may be used; infinite where nothing was refused, or not any more.</summary>
    public double Limit { get; private set; } = double.PositiveInfinity;

    public bool IsFelt => !double.IsPositiveInfinity(Limit);

    /// <summary>What failed last; 0 where nothing did.</summary>
    public double Failed => _failed;

    public QuotaFeeler Clone() => (QuotaFeeler)MemberwiseClone();

    /// <param name="now">When.</param>
    /// <param name="borne">What was in use and not refused; below 1 it says nothing, and nothing changes.</param>
    public void Refused(long now, double borne)
    {
        if (borne < 1)
        {
            return;
        }

        var failed = Math.Min(Limit, borne + 1);
        var near = _failed > 0 && Math.Abs(failed - _failed) <= Near * _failed;
        _holds = near ? Math.Min(_holds + 1, MostHolds) : 0;
        _limitBefore = Limit;
        _failedBefore = _failed;
        _failed = failed;
        _bestBefore = _best * Wear;
        _best = Math.Max(failed, _bestBefore);
        Limit = AtLeast(failed * (near ? CutNear : Cut));
        _cutAt = _stepAt = now;
        _strides = 0;
        _bound = false;
    }

    /// <summary>Another call of those that failed together was refused: less was borne than it seemed.</summary>
    public void RefusedToo(double borne)
    {
        if (borne < 1)
        {
            Undo();
        }
        else if (borne + 1 < _failed)
        {
            _failed = borne + 1;
            _best = Math.Max(_failed, _bestBefore);
            Limit = AtLeast(Math.Min(Limit, _failed * Cut));
        }
    }

    /// <summary>It was no limit that refused: everything was. What was known before holds again.</summary>
    public void Undo() => (Limit, _failed, _best) = (_limitBefore, _failedBefore, Math.Min(_best, _bestBefore / Wear));

    /// <summary>It kept a call back: only what is used up can show that there is more.</summary>
    public void KeptBack() => _bound = true;

    /// <summary>Climbs where it is time to.</summary>
    /// <param name="now">When.</param>
    /// <param name="ceiling">What is configured or known; on reaching it the feeling ends.</param>
    public void Grow(long now, double ceiling)
    {
        var climbs = Limit < Below * _failed;
        if (!IsFelt || !_bound || now - _stepAt < (climbs ? ClimbEvery : StrideEvery))
        {
            return;
        }

        _stepAt = now;
        _bound = false;
        if (climbs)
        {
            Limit = Math.Min(Below * _failed, Limit + Climb * _failed);
        }
        else if (now - _cutAt >= (_holds == 0 ? FirstHold : Hold << _holds))
        {
            _best = Math.Max(_best, Limit);
            _strides = Math.Min(_strides + 1, MostStrides);
            Limit += Stride * _failed * (1 << _strides);
        }

        if (Limit >= ceiling)
        {
            Limit = double.PositiveInfinity;
        }
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Limit);
        writer.Write(_failed);
        writer.Write(_best);
        writer.Write(_bestBefore);
        writer.Write(_failedBefore);
        writer.Write(_limitBefore);
        writer.Write(_cutAt);
        writer.Write(_stepAt);
        writer.Write((byte)_holds);
        writer.Write((byte)_strides);
        writer.Write(_bound);
    }

    public static QuotaFeeler Read(BinaryReader reader) => new()
    {
        Limit = reader.ReadDouble(),
        _failed = reader.ReadDouble(),
        _best = reader.ReadDouble(),
        _bestBefore = reader.ReadDouble(),
        _failedBefore = reader.ReadDouble(),
        _limitBefore = reader.ReadDouble(),
        _cutAt = reader.ReadInt64(),
        _stepAt = reader.ReadInt64(),
        _holds = reader.ReadByte(),
        _strides = reader.ReadByte(),
        _bound = reader.ReadBoolean(),
    };

    private double AtLeast(double limit) => Math.Max(1, Math.Max(limit, _best * HalfOfBest));
}
