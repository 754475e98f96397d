namespace Amoeba.Deciding;

/// <summary>
/// List scheduling (Graham 1969) of a workload on so many children, played in virtual time: a free child takes, of the
/// stages that have been ready longest, the longest task left, which is the engine's own order. Tasks that compute
/// share the processors: while their shares add up to more than there are, all of them slow down alike (the asymptotic
/// bound of a closed queueing network, Denning and Buzen 1978). They therefore end on a clock of their own, which runs
/// slower than the real one. Rounds in which every child does the same are skipped, so that the cost depends on the
/// segments and not the tasks.
/// </summary>
internal sealed class Schedule
{
    private const int Arrival = -1;

    /// <summary>
    /// Ends that are this close, as a share of the time, are one moment: only rounding keeps them apart.
    /// </summary>
    private const double Together = 1e-12;

    /// <summary>
    /// Room that most schedules do with, so that no queue grows: a short run would compile how (docs/decisions/0007).
    /// </summary>
    private const int Usual = 16;

    private readonly Workload _work;
    private readonly double _processors;
    private readonly int _width;
    private readonly int[] _needs;
    private readonly int[] _unfinished;
    private readonly int[] _segment;
    private readonly int[] _left;
    private readonly double[] _released;
    private readonly PriorityQueue<int, Turn> _ready = new(Usual);
    private readonly PriorityQueue<Batch, double> _waiting = new(Usual);
    private readonly PriorityQueue<Batch, double> _computing = new(Usual);
    private double _now;
    private double _computed;
    private double _skipped;
    private double _share;
    private long _running;
    private int _free;
    private (int Stage, int Segment) _newest = (Arrival, 0);
    private int _alike;

    private Schedule(Workload work, double processors, int width)
    {
        _work = work;
        _processors = Math.Max(processors, 0.01);
        _width = width;
        _needs = [.. work.Needs];
        _unfinished = [.. work.Tasks];
        _segment = new int[work.Tasks.Length];
        _released = new double[work.Tasks.Length];
        _left = new int[work.Tasks.Length];
        for (var stage = 0; stage < _left.Length; stage++)
            _left[stage] = work.Segments[stage] is [var first, ..] ? first.Count : 0;
    }

    private readonly record struct Batch(int Stage, int Segment, int Count);

    /// <summary>What was ready first comes first, then what takes longest, then the plan's order.</summary>
    private sealed record Turn(double Released, double Seconds, int Stage) : IComparable<Turn>
    {
        public int CompareTo(Turn? other)
        {
            if (other is null) return 1;
            var order = Released.CompareTo(other.Released);
            if (order == 0) order = other.Seconds.CompareTo(Seconds);
            return order != 0 ? order : Stage.CompareTo(other.Stage);
        }
    }

    /// <summary>Seconds until the last task ended.</summary>
    public double Seconds => _now + _skipped;

    /// <summary>Most tasks that ran at once.</summary>
    public long Peak { get; private set; }

    /// <param name="work">What is to be done.</param>
    /// <param name="processors">Processors that computing tasks share.</param>
    /// <param name="width">Children; at least 1.</param>
    /// <param name="start">Seconds from asking for a child until it works.</param>
    /// <param name="interval">Seconds between two starts; 0 has all children begin together.</param>
    /// <param name="together">Children that start at once.</param>
    public static Schedule Play(
        Workload work, double processors, int width, double start = 0, double interval = 0, int together = 1)
    {
        var schedule = new Schedule(work, processors, width);
        schedule.Arrive(start, interval, together);
        for (var stage = 0; stage < work.Tasks.Length; stage++)
            if (work.Needs[stage] == 0)
                schedule.Release(stage);
        do
        {
            schedule.Start();
            schedule.SkipRounds();
        }
        while (schedule.Advance());
        return schedule;
    }

    private void Arrive(double start, double interval, int together)
    {
        if (interval <= 0)
        {
            _waiting.Enqueue(new Batch(Arrival, 0, _width), start);
            return;
        }
        for (var child = 0; child < Math.Min(_width, _work.TotalTasks); child++)
            _waiting.Enqueue(new Batch(Arrival, 0, 1), start + child / together * interval);
    }

    private void Release(int stage)
    {
        if (_work.Tasks[stage] == 0)
        {
            Finish(stage);
            return;
        }
        _released[stage] = Seconds;
        Enqueue(stage);
    }

    private void Enqueue(int stage) =>
        _ready.Enqueue(stage, new Turn(_released[stage], _work.Segments[stage][_segment[stage]].Seconds, stage));

    private void Finish(int stage)
    {
        foreach (var dependent in _work.Dependents[stage])
            if (--_needs[dependent] == 0)
                Release(dependent);
    }

    private void Start()
    {
        while (_free > 0 && _ready.TryPeek(out var stage, out _))
        {
            var segment = _segment[stage];
            var count = Math.Min(_free, _left[stage]);
            Run(new Batch(stage, segment, count), _work.Segments[stage][segment].Seconds);
            Take(stage, count);
        }
        Peak = Math.Max(Peak, _running);
    }

    /// <summary>Takes tasks off the segment of the stage that is first in line.</summary>
    private void Take(int stage, int count)
    {
        _left[stage] -= count;
        if (_left[stage] > 0)
            return;
        _ready.Dequeue();
        if (++_segment[stage] >= _work.Segments[stage].Length)
            return;
        _left[stage] = _work.Segments[stage][_segment[stage]].Count;
        Enqueue(stage);
    }

    private void Run(Batch batch, double seconds)
    {
        _free -= batch.Count;
        _running += batch.Count;
        var share = _work.Share[batch.Stage];
        _share += share * batch.Count;
        if (share > 0)
            _computing.Enqueue(batch, _computed + seconds);
        else
            _waiting.Enqueue(batch, _now + seconds);
        if (_newest != (batch.Stage, batch.Segment))
            (_newest, _alike) = ((batch.Stage, batch.Segment), 0);
        _alike += batch.Count;
    }

    /// <summary>
    /// While every child works on one segment and more of it waits, each round is the same as the one before.
    /// </summary>
    private void SkipRounds()
    {
        var (stage, segment) = _newest;
        if (_alike < _width || stage == Arrival || _segment[stage] != segment || _left[stage] < _width)
            return;
        if (!_ready.TryPeek(out var next, out _) || next != stage)
            return;
        var rounds = _left[stage] / _width;
        var seconds = rounds * _work.Segments[stage][segment].Seconds;
        _skipped += _work.Share[stage] > 0 ? seconds / Speed : seconds;
        _unfinished[stage] -= rounds * _width;
        Take(stage, rounds * _width);
    }

    private double Speed => _share > _processors ? _processors / _share : 1;

    private bool Advance()
    {
        var real = _waiting.TryPeek(out _, out var at) ? at : double.PositiveInfinity;
        var own = _computing.TryPeek(out _, out var ends) ? _now + (ends - _computed) / Speed : double.PositiveInfinity;
        if (double.IsPositiveInfinity(real) && double.IsPositiveInfinity(own) || _ready.Count == 0 && _running == 0)
            return false;
        var next = Math.Max(_now, Math.Min(real, own));
        _computed = own <= real ? ends : _computed + (next - _now) * Speed;
        _now = next;
        while (_waiting.TryPeek(out _, out at) && at <= _now + _now * Together)
            End(_waiting.Dequeue());
        while (_computing.TryPeek(out _, out ends) && ends <= _computed + _computed * Together)
            End(_computing.Dequeue());
        return true;
    }

    private void End(Batch batch)
    {
        _free += batch.Count;
        if (batch.Stage == Arrival)
            return;
        _running -= batch.Count;
        _share = Math.Max(0, _share - _work.Share[batch.Stage] * batch.Count);
        if (_newest == (batch.Stage, batch.Segment))
            _alike -= batch.Count;
        if ((_unfinished[batch.Stage] -= batch.Count) == 0)
            Finish(batch.Stage);
    }
}
