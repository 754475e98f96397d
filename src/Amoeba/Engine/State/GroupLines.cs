namespace Amoeba.Engine.State;

/// <summary>
/// A grouped stage's items as one line for each group, in the order they were added. Of each line one task is out at a
/// time, ready or running; what comes back for another try waits in front of its line.
/// </summary>
internal sealed class GroupLines
{
    private const int End = -1;

    private readonly List<int> _groupOf = [];
    private readonly List<int> _next = [];
    private readonly List<Line> _lines = [];
    private readonly Queue<Line> _free = new();

    /// <summary>No line has anything that may go out now.</summary>
    public bool IsStill => _free.Count == 0;

    /// <param name="groups">By item, where they are known from the start.</param>
    /// <param name="seconds">Expected of each item; the longest lines begin first. Null where all are alike.</param>
    public GroupLines(IReadOnlyList<int> groups, IReadOnlyList<float>? seconds)
    {
        foreach (var group in groups)
        {
            Append(group);
        }

        var lengths = new double[_lines.Count];
        for (var item = 0; item < groups.Count; item++)
        {
            lengths[groups[item]] += seconds?[item] ?? 1;
        }

        foreach (var line in _lines.OrderByDescending(line => lengths[line.Group]))
        {
            line.IsQueued = true;
            _free.Enqueue(line);
        }
    }

    public int GroupOf(int item) => _groupOf[item];

    /// <summary>Adds the next item, which begins a group where the number is new.</summary>
    public void Add(int group)
    {
        Append(group);
        Free(_lines[group]);
    }

    /// <summary>
    /// The next item of a line that is free; its line is out until <see cref="Leave"/>. Null where none is.
    /// </summary>
    /// <param name="isKnown">Passes over items that have a row.</param>
    public int? Take(Func<int, bool> isKnown)
    {
        while (_free.TryDequeue(out var line))
        {
            line.IsQueued = false;
            while (line.Head != End && !line.IsOut)
            {
                var item = line.Head;
                line.Head = _next[item];
                line.Tail = line.Head == End ? End : line.Tail;
                if (!isKnown(item))
                {
                    line.IsOut = true;
                    return item;
                }
            }
        }

        return null;
    }

    /// <summary>A task that is to run, and is not out of the line, asks for its turn: true where it has it.</summary>
    public bool Enter(int item, LiveTask task)
    {
        var line = _lines[_groupOf[item]];
        if (line.IsOut)
        {
            line.Back.Enqueue(task);
            return false;
        }

        line.IsOut = true;
        return true;
    }

    /// <summary>The task that was out is so no more.</summary>
    /// <returns>One that waited for its turn and has it now.</returns>
    public LiveTask? Leave(int item)
    {
        var line = _lines[_groupOf[item]];
        line.IsOut = false;
        if (line.Back.TryDequeue(out var task))
        {
            line.IsOut = true;
            return task;
        }

        Free(line);
        return null;
    }

    /// <summary>Takes away all that waits for its turn.</summary>
    public IEnumerable<LiveTask> Clear()
    {
        foreach (var line in _lines)
        {
            while (line.Back.TryDequeue(out var task))
            {
                yield return task;
            }
        }
    }

    private void Append(int group)
    {
        while (_lines.Count <= group)
        {
            _lines.Add(new Line(_lines.Count));
        }

        var line = _lines[group];
        var item = _groupOf.Count;
        _groupOf.Add(group);
        _next.Add(End);
        if (line.Tail == End)
        {
            line.Head = item;
        }
        else
        {
            _next[line.Tail] = item;
        }

        line.Tail = item;
    }

    private void Free(Line line)
    {
        if (!line.IsOut && !line.IsQueued && line.Head != End)
        {
            line.IsQueued = true;
            _free.Enqueue(line);
        }
    }

    private sealed class Line(int group)
    {
        public int Group => group;

        public int Head { get; set; } = End;

        public int Tail { get; set; } = End;

        public bool IsOut { get; set; }

        public bool IsQueued { get; set; }

        public Queue<LiveTask> Back { get; } = new();
    }
}
