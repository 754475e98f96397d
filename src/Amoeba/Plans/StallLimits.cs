namespace Amoeba.Plans;

/// <summary>How long each tool may get nothing done (SPEC 9.1), and who watches over it.</summary>
internal static class StallLimits
{
    /// <summary>Of a tool whose answers come from elsewhere: a model's, a server's.</summary>
    public static TimeSpan Answers { get; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The tool knows each of its calls and when the last byte of it came: it ends the call by itself, may fall to the
    /// next tool of its chain, and names the server.
    /// </summary>
    public static bool WatchesItself(string tool) => tool is "chat" or "fetch";

    /// <summary>Where the plan says nothing; zero is off, because the tool may be silent for good reason.</summary>
    public static TimeSpan Usual(string tool) => WatchesItself(tool) ? Answers : TimeSpan.Zero;

    /// <summary>
    /// What the engine holds a task's attempts to; zero where it does not: a chain is as patient as the most patient of
    /// its tools, and `wait` is silent for as long as the plan says.
    /// </summary>
    public static TimeSpan OfTask(TaskSpec task)
    {
        if (task.Do.All(tool => WatchesItself(tool.Tool) || tool.Tool == "wait")) return TimeSpan.Zero;
        if (task.Limits.Stall is { } limit) return limit;
        var longest = TimeSpan.Zero;
        foreach (var tool in task.Do)
        {
            var usual = Usual(tool.Tool);
            if (usual == TimeSpan.Zero) return usual;
            if (usual > longest) longest = usual;
        }

        return longest;
    }
}
