using System.Text.Json.Serialization;

namespace Amoeba.Cli.Json;

/// <summary>What `run --json` ends with; the names are a contract.</summary>
internal record JobJson
{
    public required string Job { get; init; }

    public required string Name { get; init; }

    public required string State { get; init; }

    /// <summary>Null before it is decided.</summary>
    public required DecisionJsonView? Decision { get; init; }

    public required CountsJson Counts { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Of the tasks that succeeded, those whose results are an earlier job's.</summary>
    public required int Reused { get; init; }

    /// <summary>The merged text; null while there is none, and where it is longer than 1 MiB.</summary>
    public required string? Output { get; init; }

    /// <summary>The file that holds it where it is longer.</summary>
    public required string? OutputFile { get; init; }

    /// <summary>Why it is in this state, where the state does not say all.</summary>
    public required string? Reason { get; init; }
}

/// <summary>What `show --json` prints: the same with more.</summary>
internal sealed record ShownJobJson : JobJson
{
    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset? Started { get; init; }

    public required DateTimeOffset? Finished { get; init; }

    public required TokensJson Tokens { get; init; }

    public required decimal CostUsd { get; init; }

    /// <summary>What it may use; null where it has no budget.</summary>
    public required BudgetJson? Budget { get; init; }

    /// <summary>What children wait for that is no work of their own.</summary>
    public required IReadOnlyList<WaitJson> Waiting { get; init; }

    /// <summary>What its children cost together, failed attempts too.</summary>
    public required UsedJson Used { get; init; }

    /// <summary>What the overseer did to its children, oldest first.</summary>
    public required IReadOnlyList<ActJson> Overseer { get; init; }

    public required string Folder { get; init; }

    public required int Children { get; init; }

    public required string? Owner { get; init; }

    public required ApprovalJson? Approval { get; init; }
}

internal record DecisionJsonView(
    bool Split,
    int Children,
    double Gain,
    double SequentialSeconds,
    double ParallelSeconds,
    long MemoryBytes,
    string Cell,
    decimal CostUsd,
    long Calls,
    long Tokens,
    IReadOnlyList<string> UnpricedModels,
    IReadOnlyList<string> Reasons);

/// <summary>What `plan --json` prints: the decision, and what is missing here.</summary>
internal sealed record PlannedJson : DecisionJsonView
{
    public PlannedJson(DecisionJsonView decision, IReadOnlyList<string> missing)
        : base(decision) => Missing = missing;

    /// <summary>Without which nothing would run, with what to do about it; none where nothing is.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string> Missing { get; }
}

internal sealed record CountsJson(
    int Total, int Succeeded, int Failed, int Skipped, int Cancelled, int Running, int Waiting);

internal sealed record TokensJson(long Input, long Output, long Cached, long Reasoning);

/// <summary>Null for what is not bounded.</summary>
internal sealed record BudgetJson(long? Tokens, decimal? CostUsd, double? TimeSeconds, long? MemoryBytes);

/// <param name="For">Such as `quota local/m`.</param>
/// <param name="Until">When the first of them may go on; null where nobody knows.</param>
/// <param name="Children">How many wait.</param>
internal sealed record WaitJson(string For, DateTimeOffset? Until, int Children);

/// <param name="Attempts">Attempts that ended.</param>
/// <param name="SpawnSeconds">From their orders to the tools' starts, with the making of children.</param>
/// <param name="ExecutionSeconds">Of the tools.</param>
/// <param name="TeardownSeconds">From the tools' ends to the results.</param>
/// <param name="CpuSeconds">Of processors, where that is measured.</param>
/// <param name="PeakMemoryBytes">Most that one attempt held.</param>
/// <param name="OutputBytes">All that they wrote.</param>
internal sealed record UsedJson(
    int Attempts, double SpawnSeconds, double ExecutionSeconds,
    double TeardownSeconds, double CpuSeconds, long PeakMemoryBytes,
    long OutputBytes);

internal sealed record ActJson(DateTimeOffset At, string Act);

internal sealed record ApprovalJson(
    string Asks, DateTimeOffset Created, DateTimeOffset? Expires,
    string? Answer, int? Children, DateTimeOffset? Answered, string? By);

/// <summary>A line of `jobs --json`.</summary>
internal sealed record JobRowJson(
    string Job, string Name, string State, CountsJson Counts, double Seconds, DateTimeOffset Created, string? Reason,
    TokensJson Tokens, decimal CostUsd);

internal sealed record ChildJson(
    string Id, string Job, string Cell, string State, int? Pid, DateTimeOffset Started, string? Task,
    string? WaitsFor, DateTimeOffset? WaitsUntil, string? Warning);

internal sealed record CellJson(string Id, string Kind, string Job, string State, int? Pid);

internal sealed record InboxJson(
    string Job, string Name, string Asks, DateTimeOffset Created, DateTimeOffset? Expires, DecisionJsonView? Decision,
    BudgetJson? Budget);

/// <summary>What `stats --json` prints.</summary>
/// <param name="Data">By type or period.</param>
/// <param name="Total">Of all of them.</param>
/// <param name="Since">From when on jobs were looked at; null is all that are kept.</param>
/// <param name="HourlyRate">US dollars; null where none is configured.</param>
/// <param name="Kept">How long jobs are kept.</param>
internal sealed record StatsJson(
    IReadOnlyList<StatsRowJson> Data, StatsRowJson Total, DateTimeOffset? Since, decimal? HourlyRate, KeptJson Kept);

internal sealed record StatsRowJson(
    string Name, int Jobs, int JobsFailed, int JobsCancelled, long Tasks, long Succeeded, long Failed, long Skipped,
    long Reused, long Retries, double Seconds, double SequentialSeconds, double SavedSeconds, decimal? ValueUsd,
    decimal CostUsd, TokensJson Tokens);

/// <param name="Days">Days after their end.</param>
/// <param name="Newest">This many are kept longer.</param>
internal sealed record KeptJson(double Days, int Newest);

internal sealed record ListJson<T>(IReadOnlyList<T> Data);

internal sealed record SimulationJson(
    int Children, double MakespanSeconds, double SequentialSeconds, decimal CostUsd, long PeakMemoryBytes, double Gain,
    string? Stopped);

internal sealed record SettingJson(string Key, string? Value, string Origin);

internal sealed record DoctorJson(bool Ok, string Version, IReadOnlyList<FactJson> Data);

/// <param name="Area">store, cells, tools, limits, machine.</param>
/// <param name="Name">What it is about.</param>
/// <param name="State">ok, missing or later.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">How to get it; null where nothing is missing.</param>
internal sealed record FactJson(string Area, string Name, string State, string Detail, string? Fix);

internal sealed record CleanedJson(int Cleaned);

internal sealed record VersionJson(string Version);

/// <summary>What `results --merged --json` prints: the same two as of `run --json`.</summary>
internal sealed record MergedJson(string Job, string? Output, string? OutputFile);

/// <summary>The image that was made.</summary>
internal sealed record ImageJson(string Image, string Id, long Bytes, string Base);
