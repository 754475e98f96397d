using System.Text;
using Amoeba.Cli.Json;
using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

/// <summary>Views of jobs to the shapes that `--json` prints.</summary>
internal static class JobFormat
{
    /// <summary>Merged text up to this many bytes is printed whole; beyond, its file is named.</summary>
    public const int MostText = 1 << 20;

    /// <summary>Ordinal under which the merged output's file is made.</summary>
    public const int MergedOrdinal = -1;

    public static JobJson Job(JobReader reader, JobView job)
    {
        var (text, file) = Text(reader, job, MergedOrdinal, job.Status.Output);
        return new JobJson
        {
            Job = job.Id,
            Name = job.Record.Name,
            State = Names.Of(job.State),
            Decision = DecisionOf(job),
            Counts = Counts(job.Counts),
            Seconds = Rounded(job.Seconds),
            Reused = job.Status.Reused,
            Output = text,
            OutputFile = file,
            Reason = job.Status.Reason,
        };
    }

    public static ShownJobJson Shown(JobReader reader, JobView job)
    {
        var basis = Job(reader, job);
        return new ShownJobJson
        {
            Job = basis.Job,
            Name = basis.Name,
            State = basis.State,
            Decision = basis.Decision,
            Counts = basis.Counts,
            Seconds = basis.Seconds,
            Reused = basis.Reused,
            Output = basis.Output,
            OutputFile = basis.OutputFile,
            Reason = basis.Reason,
            Created = job.Record.Created,
            Started = job.Status.Started,
            Finished = job.Status.Finished,
            Tokens = Tokens(job.Status.Tokens),
            CostUsd = job.Status.CostUsd,
            Budget = Budget(job),
            Waiting = [.. reader.Waits(job).Select(wait => new WaitJson(wait.For, wait.Until, wait.Children))],
            Used = Used(job.Status),
            Overseer = [.. reader.Acts(job).Select(act => new ActJson(act.At, act.Why))],
            Folder = job.Record.Folder,
            Children = job.Status.Width,
            Owner = reader.HasLivingOwner(job) ? job.Stored.Owner : null,
            Approval = Approval(reader.Approval(job)),
        };
    }

    public static CountsJson Counts(TaskCounts counts) =>
        new(counts.Total, counts.Succeeded, counts.Failed, counts.Skipped,
            counts.Cancelled, counts.Running, counts.Waiting);

    public static TokensJson Tokens(TokenCounts tokens) =>
        new(tokens.Input, tokens.Output, tokens.Cached, tokens.Reasoning);

    private static UsedJson Used(JobStatusRecord status) => new(
        status.Used.Attempts, Rounded(status.Used.Spawn), Rounded(status.TaskSeconds), Rounded(status.Used.Teardown),
        Rounded(status.Used.CpuSeconds), status.Used.PeakMemory, status.Used.OutputBytes);

    public static BudgetJson? Budget(JobView job) =>
        JobReader.UsageOf(job).Budget is var budget && budget == BudgetSpec.None
        ? null
        : new(budget.Tokens, budget.CostUsd, budget.Time?.TotalSeconds, budget.Memory);

    /// <summary>Its children go on when their parent ends.</summary>
    public static bool IsDetached(JobView job) => Decided(job)?.Cell == Jobs.CellKind.Detached;

    public static DecisionJsonView? DecisionOf(JobView job) =>
        Decided(job) is { } decision ? Decision(decision) : null;

    public static Decision? Decided(JobView job) =>
        job.Status.DecisionJson is { } json ? DecisionJson.Read(json) : null;

    public static DecisionJsonView Decision(Decision decision) => new(
        decision.Split, decision.Children, Rounded(decision.Gain), Rounded(decision.SequentialSeconds),
        Rounded(decision.ParallelSeconds), decision.MemoryBytes,
        Names.Of(decision.Cell), decision.CostUsd, decision.Calls,
        (long)Spending.Tokens(decision.Input), Spending.Unpriced(decision.Input), decision.Reasons);

    /// <summary>An output as text, or where it is long the file that holds it.</summary>
    public static (string? Text, string? File) Text(JobReader reader, JobView job, int ordinal, OutputRef output)
    {
        if (output.Place == OutputPlace.None) return (job.IsEnded || ordinal != MergedOrdinal ? "" : null, null);
        if (output.Length > MostText) return (null, reader.FileOf(job, ordinal, output));
        using var stream = reader.Open(job, output);
        var bytes = new byte[output.Length];
        stream.ReadExactly(bytes);
        return (Encoding.UTF8.GetString(bytes), null);
    }

    /// <summary>Microseconds are as much as a clock can say.</summary>
    public static double Rounded(double value) => Math.Round(value, 6);

    private static ApprovalJson? Approval(ApprovalRecord? approval) => approval is null ? null : new ApprovalJson(
        approval.Asks, approval.Created, approval.Expires, approval.Answer,
        approval.Children, approval.Answered, approval.By);
}
