using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>Every name a plan may use, once; the published schema is checked against these.</summary>
internal static class PlanNames
{
    /// <summary>What a task may say, and a plan for all of its tasks.</summary>
    public static readonly string[] Defaults =
    [
        "type", "skill", "priority", "deadline", "limits", "verify", "estimate", "env", "affinity", "ref", "idempotent",
    ];

    public static readonly string[] Plan =
    [
        "name", "description", "tasks", "each", "batch", "group",
        "do", "merge", "children", "cell", "isolation", "strategy",
        "on_failure", "budget", "branch", "max_depth", "reuse", "network", "vars", .. Defaults, "$schema",
    ];

    public static readonly string[] Task = ["id", "description", "needs", "each", "batch", "group", "do", .. Defaults];

    public static readonly string[] Sources = ["items", "file", "glob", "range", "command", "matrix", "from"];

    public static readonly string[] Each = [.. Sources, "as", "batch", "group", "split"];

    public static readonly string[] Tools = ["run", "sh", "wait", "fetch", "chat"];

    public static readonly string[] Fetch = ["url", "headers", "feed", "max_size", "redirects", "cache", "private"];

    public static readonly string[] Chat =
        ["model", "prompt", "system", "temperature", "seed", "max_tokens", "images", "audio", "schema"];

    /// <summary>`chat` of a merge: it has texts to read and nothing else.</summary>
    public static readonly string[] MergeChat = [.. Chat.Except(["images", "audio"])];

    /// <summary>A merge by a program.</summary>
    public static readonly string[] RunMerge = ["run", "limits", "env"];

    /// <summary>A merge by a model.</summary>
    public static readonly string[] ChatMerge = ["chat", "context", "limits"];

    public static readonly string[] Verify = ["run", "sh"];

    public static readonly string[] Limits =
        ["memory", "cpu", "timeout", "stall", "output", "processes", "files", "retries", "tokens"];

    public static readonly string[] Budget = ["tokens", "cost_usd", "time", "memory"];

    public static readonly string[] Estimate = ["seconds", "memory", "tokens"];

    /// <summary>What only a program says and a stored plan repeats: nothing is merged.</summary>
    public const string NoMerge = "none";

    public static readonly IReadOnlyDictionary<string, MergeKind> Merges = MergeWords();

    public static readonly IReadOnlyDictionary<string, Strategy> Strategies = Words<Strategy>(Of);

    public static readonly IReadOnlyDictionary<string, FailurePolicy> Failures = Words<FailurePolicy>(Of);

    public static readonly IReadOnlyDictionary<string, FlowSplit> Splits = Words<FlowSplit>(Of);

    public static readonly IReadOnlyDictionary<string, Priority> Priorities = Words<Priority>(Names.Of);

    public static readonly IReadOnlyDictionary<string, CellKind> Cells = Words<CellKind>(Names.Of);

    public static readonly IReadOnlyDictionary<string, Isolation> Isolations = Words<Isolation>(Names.Of);

    /// <summary>
    /// What a word that is none of these may have been meant to be: one of another key's, or the nearest; or nothing.
    /// </summary>
    public static string Meant<T>(string word, IReadOnlyDictionary<string, T> words)
    {
        if (words is IReadOnlyDictionary<string, Isolation> && Cells.ContainsKey(word))
            return $" {word} is a kind of cell: say `cell: {word}`.";
        if (words is IReadOnlyDictionary<string, CellKind> && Isolations.ContainsKey(word))
            return $" {word} is a degree of isolation: say `isolation: {word}`, and leave the cell to auto.";
        return NearestName.Of(word, words.Keys) is { } nearest ? $" Did you mean {nearest}?" : "";
    }

    /// <summary>Why a name of the specification is refused by this version, or null for any other name.</summary>
    public static string? Later(string name) => name switch
    {
        "schedule" => "schedules are not supported by this version; call `amoeba run` from cron or a timer.",
        "opencode" or "claude" or "codex" or "aider" or "tools" =>
            $"{name} is not supported by this version; call a program with run or sh.",
        _ => null,
    };

    /// <summary>
    /// Why a name of the specification changes nothing in this version, or null for any other. What a name asks for and
    /// gets anyway is not among them: tools that cost nothing are within every budget of money.
    /// </summary>
    /// <param name="name">With its path within the plan or the task.</param>
    /// <param name="tools">Tools of the tasks that it is said for.</param>
    public static string? WithoutEffect(string name, IReadOnlyCollection<string> tools) => name switch
    {
        _ when HoldsPrograms(name) && tools.All(tool => tool is "wait" or "fetch" or "chat") =>
            $"has no effect on {string.Join(", ", tools)}: it holds the programs of run and sh.",
        "limits.stall" when tools.All(tool => tool is "wait") =>
            "has no effect on wait, which is silent for as long as it says; use limits.timeout.",
        "limits.tokens" when tools.All(tool => tool is "run" or "sh" or "wait" or "fetch") =>
            $"has no effect in this version: {string.Join(", ", tools)} cannot use tokens.",
        "skill" or "affinity" => "has no effect in this version: every child takes every task.",
        "max_depth" => "has no effect in this version: tasks do not divide again.",
        _ => null,
    };

    /// <summary>A limit that tools without a process of their own cannot be held to.</summary>
    public static bool HoldsPrograms(string name) =>
        name is "limits.memory" or "limits.cpu" or "limits.processes" or "limits.files";

    public static bool IsId(string text)
    {
        if (text.Length is 0 or > 100 || !(char.IsAsciiLetter(text[0]) || text[0] == '_')) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        }

        return true;
    }

    /// <summary>
    /// The name of a value whose name is its word; those of priorities and cells are <see cref="Names"/>.
    /// </summary>
    public static string Of<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Dictionary<string, MergeKind> MergeWords()
    {
        var words = Words<MergeKind>(Of);
        words.Remove(NoMerge);
        return words;
    }

    private static Dictionary<string, T> Words<T>(Func<T, string> word) where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(word, value => value, StringComparer.Ordinal);
}
