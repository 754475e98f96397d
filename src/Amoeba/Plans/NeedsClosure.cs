namespace Amoeba.Plans;

/// <summary>
/// Which tasks a task comes after, by what it needs and what that needs. Made only for plans that ask.
/// </summary>
internal sealed class NeedsClosure
{
    private readonly ulong[]?[] _before;

    /// <param name="tasks">Free of cycles.</param>
    /// <param name="index">Each id's place among the tasks.</param>
    public NeedsClosure(IReadOnlyList<TaskSpec> tasks, IReadOnlyDictionary<string, int> index)
    {
        _before = new ulong[tasks.Count][];
        var open = new Stack<int>();
        for (var i = tasks.Count - 1; i >= 0; i--) open.Push(i);
        while (open.TryPop(out var task))
        {
            if (_before[task] is not null) continue;
            var from = tasks[task].From is { } source ? index[source] : (int?)null;
            var missing = tasks[task].Needs.Select(need => index[need]).Where(need => _before[need] is null).ToList();
            if (from is { } flowing && _before[flowing] is null) missing.Add(flowing);
            if (missing.Count > 0)
            {
                open.Push(task);
                foreach (var need in missing) open.Push(need);
                continue;
            }

            _before[task] = Join(tasks[task].Needs, from, index, tasks.Count);
        }
    }

    public bool Reaches(int from, int wanted) => (_before[from]![wanted / 64] & (1UL << (wanted % 64))) != 0;

    /// <summary>What items flow from has not ended when they come, but what it needs has.</summary>
    private ulong[] Join(IReadOnlyList<string> needs, int? from, IReadOnlyDictionary<string, int> index, int count)
    {
        var bits = new ulong[(count + 63) / 64];
        if (from is { } flowing) _before[flowing].CopyTo(bits.AsSpan());
        foreach (var id in needs)
        {
            var need = index[id];
            var theirs = _before[need]!;
            for (var word = 0; word < bits.Length; word++) bits[word] |= theirs[word];
            bits[need / 64] |= 1UL << (need % 64);
        }

        return bits;
    }
}
