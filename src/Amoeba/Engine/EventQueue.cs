namespace Amoeba.Engine;

/// <summary>
/// Events on their way to the one loop: any thread adds, one thread takes all there are at once. Who adds never waits
/// for who takes, because thousands of attempts a second end while the loop is at its work.
/// </summary>
internal sealed class EventQueue
{
    private readonly object _gate = new();
    private readonly List<EngineEvent> _taken = [];
    private Node? _newest;
    private Node? _first;
    private volatile bool _waiting;

    /// <summary>How many wait.</summary>
    public int Count => (Volatile.Read(ref _newest)?.Count ?? 0) + (Volatile.Read(ref _first)?.Count ?? 0);

    public void Add(EngineEvent happened) => Push(ref _newest, happened);

    /// <summary>Comes before every other event that waits.</summary>
    public void AddFirst(EngineEvent happened) => Push(ref _first, happened);

    /// <summary>Every event that waits, in order; valid until the next call.</summary>
    public List<EngineEvent> TakeAll()
    {
        _taken.Clear();
        for (var node = Take(ref _first); node is not null; node = node.Older)
        {
            _taken.Add(node.Event);
        }

        var firsts = _taken.Count;
        for (var node = Take(ref _newest); node is not null; node = node.Older)
        {
            _taken.Add(node.Event);
        }

        _taken.Reverse(firsts, _taken.Count - firsts);
        return _taken;
    }

    /// <summary>Waits until there is an event or the time is over.</summary>
    public void Wait(TimeSpan longest)
    {
        lock (_gate)
        {
            _waiting = true;
            Interlocked.MemoryBarrier(); // who adds looks for one who waits after adding, so this looks after saying so
            if (Count == 0)
            {
                Monitor.Wait(_gate, longest);
            }

            _waiting = false;
        }
    }

    private void Push(ref Node? newest, EngineEvent happened)
    {
        var node = new Node(happened);
        do
        {
            node.Follow(Volatile.Read(ref newest));
        }
        while (Interlocked.CompareExchange(ref newest, node, node.Older) != node.Older);

        if (_waiting)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private static Node? Take(ref Node? newest) =>
        Volatile.Read(ref newest) is null ? null : Interlocked.Exchange(ref newest, null);

    private sealed class Node(EngineEvent happened)
    {
        public EngineEvent Event => happened;

        public Node? Older { get; private set; }

        /// <summary>It and all that are older.</summary>
        public int Count { get; private set; }

        public void Follow(Node? older)
        {
            Older = older;
            Count = 1 + (older?.Count ?? 0);
        }
    }
}
