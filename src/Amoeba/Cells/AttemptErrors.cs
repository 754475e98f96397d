using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Cells;

/// <summary>What an attempt says of its end, in words for a person.</summary>
internal static class AttemptErrors
{
    /// <summary>An exception's place among the ends. Never its stack trace.</summary>
    public static ToolOutcome Of(Exception problem) => problem switch
    {
        PlanException => new ToolOutcome(AttemptEnd.Hopeless, problem.Message),
        OutputDamagedException => new ToolOutcome(AttemptEnd.Hopeless, problem.Message),
        QuotaTooSmallException => new ToolOutcome(AttemptEnd.Hopeless, problem.Message),
        StoreUnusableException => new ToolOutcome(AttemptEnd.Stopped, problem.Message),
        _ => new ToolOutcome(AttemptEnd.Failed, $"{problem.GetType().Name}: {problem.Message}"),
    };

    /// <summary>
    /// What is told of an outcome once no secret is in it, nor a part of one where its error was cut.
    /// </summary>
    public static ToolOutcome Masked(in ToolOutcome outcome, SecretMasker masker)
    {
        if (outcome.Error is not { } error) return outcome;
        var tail = Math.Min(outcome.CutBefore ?? error.Length, error.Length);
        var (told, rest) = (error[..tail], masker.ApplyToEnd(error[tail..]));
        if (outcome.IsCutShort && rest.Length > 0) rest = masker.ApplyToBeginning(rest);
        told = outcome.IsCutShort && rest.Length == 0 ? masker.ApplyToBeginning(told) : masker.Apply(told);
        if (outcome.IsCutShort) rest += "…";
        return outcome with
        {
            Error = told + rest,
            CutBefore = outcome.CutBefore is null ? null : told.Length,
            IsCutShort = false,
        };
    }

    public static ToolOutcome OverOutput(LimitSpec limits) => new(
        AttemptEnd.OverLimit,
        $"output: it wrote more than {Bytes(limits.Output)} (limits.output); what came before is kept");

    public static (AttemptEnd End, string Error) Stopped(StopReason reason, LimitSpec? limits) => reason switch
    {
        StopReason.Timeout when limits is not null =>
            (AttemptEnd.TimedOut, $"timeout: it ran longer than {Duration(limits.Timeout)} (limits.timeout)"),
        StopReason.Timeout => (AttemptEnd.TimedOut, "timeout: it ran longer than limits.timeout allows"),
        StopReason.Stalled => (AttemptEnd.Stalled, "stall: it got nothing done for too long (limits.stall)"),
        StopReason.Cancelled => (AttemptEnd.Stopped, "cancelled: its job was cancelled"),
        StopReason.Interrupted => (AttemptEnd.Stopped, "interrupted: its parent stopped; it runs again on resume"),
        _ => (AttemptEnd.Stopped, "stopped: its child was stopped; it runs again"),
    };

    /// <summary>Such as `5 m`, `1.5 s`, `20 ms`.</summary>
    internal static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => Figure(time.TotalHours, "h"),
        { TotalMinutes: >= 1 } => Figure(time.TotalMinutes, "m"),
        { TotalSeconds: >= 0.1 } => Figure(time.TotalSeconds, "s"),
        _ => Figure(time.TotalMilliseconds, "ms"),
    };

    /// <summary>Such as `64 MB`; units are of 1024, as in plans.</summary>
    internal static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => Figure(bytes / (double)(1L << 30), "GB"),
        >= 1L << 20 => Figure(bytes / (double)(1L << 20), "MB"),
        >= 1L << 10 => Figure(bytes / (double)(1L << 10), "KB"),
        _ => Figure(bytes, "bytes"),
    };

    private static string Figure(double value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {unit}");
}
