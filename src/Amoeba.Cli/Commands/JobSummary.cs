using System.Globalization;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>What is said of a job in words: when it ended, and what to do now.</summary>
internal static class JobSummary
{
    private const int ShownFailures = 5;

    /// <summary>An error says at its end what to do, so that little of it is cut.</summary>
    private const int MostError = 400;

    /// <summary>So many jobs of a home say how to kill and resume one; then it is known.</summary>
    private const int NewUntil = 3;

    /// <summary>A job over sooner than that cannot be killed half-way by hand.</summary>
    private const double LongEnough = 2;

    /// <summary>Lines for a person about a job that has settled.</summary>
    public static IEnumerable<string> Lines(JobReader reader, JobView job, Style style)
    {
        switch (job.State)
        {
            case JobState.Succeeded:
                yield return $"{style.Good("done")}: {Done(job)}{Used(job)}{Gain(job)}";
                if (job.Status.Reason is { } note) yield return $"  {TextWidth.Clean(note)}";
                break;
            case JobState.Failed:
                yield return $"{style.Bad("failed")}: {Done(job)}{Used(job)}; {Parts(job)}{Gain(job)}";
                foreach (var line in Failures(reader, job)) yield return line;
                if (job.Status.Reason is { } why) yield return $"  {TextWidth.Clean(why)}";
                yield return $"to run what failed again: amoeba retry {job.Id}";
                break;
            case JobState.Cancelled:
                yield return $"{style.Bad("cancelled")}: {Ended(job)}{Used(job)}"
                    + (job.Status.Reason is { } reason ? $" ({TextWidth.Clean(reason)})." : ".");
                break;
            case JobState.AwaitingApproval:
                foreach (var line in Question(reader, job)) yield return line;
                break;
            default:
                yield return $"{style.Wait("interrupted")}: {Done(job)}{Used(job)}; what was recorded is kept.";
                if (IsBudgetSpent(job))
                {
                    yield return $"  {TextWidth.Clean(job.Status.Reason!)}";
                    yield return $"to go on: amoeba resume {job.Id} --budget {SpentText.Larger(job)}";
                    break;
                }

                if (StopsToAsk(job) || job.Status.IsStoppedByLack)
                    yield return $"  {TextWidth.Clean(job.Status.Reason!)}";
                yield return $"to go on: amoeba resume {job.Id}";
                break;
        }
    }

    /// <summary>How to kill and resume a job, for those who have not done so yet; null for the others.</summary>
    public static string? Tip(JobReader reader, JobView job) =>
        job.State == JobState.Succeeded && job.Seconds >= LongEnough
            && reader.List(null, NewUntil + 1).Count() <= NewUntil
            ? "try it: run it again, kill it half-way (Ctrl-C, or even kill -9), and go on with: amoeba resume last"
            : null;

    /// <summary>What a job asks of a person, and how to answer.</summary>
    public static IEnumerable<string> Question(JobReader reader, JobView job)
    {
        var asks = reader.Approval(job)?.Asks switch
        {
            "spending" => "the spending",
            "both" => "the split and the spending",
            _ => "the split",
        };
        yield return $"{TextWidth.Clean(job.Record.Name)} ({job.Id}) waits for your approval of {asks}.";
        if (JobFormat.Decided(job) is { } decision)
        {
            foreach (var line in Decision(decision)) yield return "  " + line;
        }

        if (SpentText.Budget(JobReader.UsageOf(job).Budget) is { } budget) yield return $"  budget: {budget}";
        if (SpentText.Used(JobReader.UsageOf(job)) is { } used) yield return $"  used so far: {used}";
        yield return $"  allow it:      amoeba approve {job.Id} --resume      (another number: --children N)";
        yield return asks == "the split"
            ? $"  one by one:    amoeba deny {job.Id} --resume"
            : $"  one by one:    amoeba approve {job.Id} --children 1 --resume";
        yield return $"  do not run it: amoeba refuse {job.Id}";
    }

    public static IEnumerable<string> Decision(Decision decision)
    {
        yield return decision.Split
            ? $"split into {decision.Children} children: about {Say.Seconds(decision.ParallelSeconds)} "
                + $"instead of {Say.Seconds(decision.SequentialSeconds)} ({Say.Percent(decision.Gain)} less)"
            : $"one by one: about {Say.Seconds(decision.SequentialSeconds)}";
        yield return $"memory: about {Say.Bytes(decision.MemoryBytes)}; calls of models: {Number(decision.Calls)}"
            + (decision.Calls > 0
                ? $" (about {Say.Count((long)Spending.Tokens(decision.Input), "token", "tokens")})"
                : "")
            + $"; cost: {Cost(decision)}; cell: {Names.Of(decision.Cell)}";
        foreach (var reason in decision.Reasons) yield return $"- {reason}";
    }

    private static string Cost(Decision decision) => Spending.Unpriced(decision.Input) is { Count: > 0 } unpriced
        ? (decision.CostUsd > 0 ? $"{Say.Money(decision.CostUsd)} and more; " : "")
            + $"not known for {string.Join(", ", unpriced)}"
        : decision.CostUsd == 0 ? "none" : "about " + Say.Money(decision.CostUsd);

    public static bool IsBudgetSpent(JobView job) => job.State == JobState.Interrupted
        && job.Status.Reason?.StartsWith("stopped at its budget", StringComparison.Ordinal) == true;

    /// <summary>It would have spent what nobody was asked for.</summary>
    private static bool StopsToAsk(JobView job) =>
        job.Status.Reason?.StartsWith("stopped to ask", StringComparison.Ordinal) == true;

    private static string Used(JobView job) => SpentText.Used(JobReader.UsageOf(job)) is { } used ? $", {used}" : "";

    private static string Done(JobView job) =>
        $"{Number(job.Counts.Succeeded)} of {Say.Count(job.Counts.Total, "task", "tasks")} in "
            + $"{Say.Seconds(job.Seconds)}"
        + (job.Status.Reused > 0 ? $", reused {Number(job.Status.Reused)}" : "");

    /// <summary>What a cancelled job got done; that the rest is cancelled is no end that anybody asks about.</summary>
    private static string Ended(JobView job)
    {
        var ended = job.Counts.Ended - job.Counts.Cancelled;
        if (ended == 0 && job.Status.Started is null) return "nothing had begun";
        return $"{(ended == 0 ? "none" : Number(ended))} of {Say.Count(job.Counts.Total, "task", "tasks")} had ended";
    }

    /// <summary>What side by side gained over one by one, from what the tasks really took.</summary>
    private static string Gain(JobView job)
    {
        var alone = job.Status.TaskSeconds;
        if (job.Status.Width < 2 || job.Seconds <= 0 || alone - job.Seconds < 0.05) return ".";
        if (!GainFigures.IsWorthwhile(job.Counts, job.Status.Reused)) return ".";
        var times = (alone / job.Seconds).ToString("0.0", CultureInfo.InvariantCulture);
        return $", one by one about {Say.Seconds(alone)}: {Say.Seconds(alone - job.Seconds)} saved "
            + $"({times} times as fast).";
    }

    private static string Parts(JobView job)
    {
        var counts = job.Counts;
        var parts = new List<string>();
        if (counts.Failed > 0) parts.Add($"{Number(counts.Failed)} failed");
        if (counts.Skipped > 0) parts.Add($"{Number(counts.Skipped)} skipped");
        if (counts.Cancelled > 0) parts.Add($"{Number(counts.Cancelled)} cancelled");
        return parts.Count == 0 ? "the merge failed" : string.Join(", ", parts);
    }

    private static IEnumerable<string> Failures(JobReader reader, JobView job)
    {
        var (shown, said) = (0, 0);
        foreach (var alike in reader.Failures(job))
        {
            if (said++ == ShownFailures) break;
            shown += alike.Count;
            var item = alike.First.Items.Count > 0 ? $" ({TextWidth.Cut(ItemText.Of(alike.First.Items[0]), 40)})" : "";
            var others = alike.Count > 1 ? $" and {Say.Count(alike.Count - 1, "other", "others")}" : "";
            yield return $"  {alike.First.Name}{item}{others}: "
                + $"{TextWidth.Cut(TextWidth.Clean(alike.First.Error ?? "no reason is known"), MostError)}";
        }

        if (shown < job.Counts.Failed)
            yield return $"  and {Number(job.Counts.Failed - shown)} more: amoeba results {job.Id} --state failed";
    }

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
