namespace Amoeba.Plans;

/// <summary>Finds tasks that need each other.</summary>
internal static class NeedsCycle
{
    /// <summary>The tasks of one cycle, the first again at the end; null where there is none.</summary>
    public static IReadOnlyList<int>? Find(IReadOnlyList<TaskSpec> tasks, IReadOnlyDictionary<string, int> index)
    {
        // Depth first with a stack of our own: a chain of 10,000 tasks would be deep for the thread's.
        var before = tasks.Select(Before).ToArray();
        var done = new bool[tasks.Count];
        var onPath = new bool[tasks.Count];
        var path = new List<(int Task, int Next)>();
        for (var start = 0; start < tasks.Count; start++)
        {
            if (done[start]) continue;
            path.Add((start, 0));
            onPath[start] = true;
            while (path.Count > 0)
            {
                var (task, next) = path[^1];
                if (next == before[task].Count)
                {
                    (done[task], onPath[task]) = (true, false);
                    path.RemoveAt(path.Count - 1);
                    continue;
                }

                path[^1] = (task, next + 1);
                var need = index[before[task][next]];
                if (onPath[need]) return [.. path.Select(step => step.Task).SkipWhile(step => step != need), need];
                if (done[need]) continue;
                path.Add((need, 0));
                onPath[need] = true;
            }
        }

        return null;
    }

    private static IReadOnlyList<string> Before(TaskSpec task) =>
        task.From is { } from ? [.. task.Needs, from] : task.Needs;
}
