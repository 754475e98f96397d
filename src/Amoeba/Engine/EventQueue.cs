namespace Amoeba.Engine;

/// <summary>Events on their way to the one loop: any thread adds, one thread takes all there are at once.</summary>
internal sealed class EventQueue
{
    private readonly object _gate = new();
    private List<EngineEvent> _filling = [];
    private List<EngineEvent> _taken = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _filling.Count;
        }
    }

    public void Add(EngineEvent happened)
    {
        lock (_gate)
        {
            _filling.Add(happened);
            if (_filling.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    public void AddFirst(EngineEvent happened)
    {
        lock (_gate)
        {
            _filling.Insert(0, happened);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Every event that waits, in order; valid until the next call.</summary>
    public List<EngineEvent> TakeAll()
    {
        lock (_gate)
        {
            (_filling, _taken) = (_taken, _filling);
            _filling.Clear();
            return _taken;
        }
    }

    /// <summary>Waits until there is an event or the time is over.</summary>
    public void Wait(TimeSpan longest)
    {
        lock (_gate)
        {
            if (_filling.Count == 0)
            {
                Monitor.Wait(_gate, longest);
            }
        }
    }
}
