using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>
/// The overseer (SPEC 8.3): an attempt that comes near one of its limits is warned of, one that passes it is ended by
/// whoever holds the limit, and either is in the audit log, in the log and on the screens.
/// </summary>
internal sealed partial class EngineCore
{
    /// <summary>
    /// Acts of one job that are listed; a million tasks over their limits are one mistake and not a million.
    /// </summary>
    private const int MostActs = 100;

    private void OnAttemptWarned(AttemptWarned warned)
    {
        if (_children.TryGetValue(warned.Order.Child, out var child) && child.IsAtWork
            && child.Attempt == warned.Order.Attempt && child.Task?.Ordinal == warned.Order.Ordinal)
        {
            Warn(child, warned.What);
        }
    }

    private void FireDeadlines()
    {
        _nextDeadline = long.MaxValue;
        foreach (var job in _ordered)
        {
            foreach (var child in job.Children)
            {
                if (child.Deadline <= _now.Uptime)
                {
                    child.Deadline = long.MaxValue;
                    child.Stall = null;
                    TellToEnd(child, StopReason.Timeout, options.KillGrace);
                }

                else if (child.NextDeadline <= _now.Uptime)
                {
                    WarnOfTime(child);
                }

                _nextDeadline = Math.Min(_nextDeadline, child.NextDeadline);
            }
        }
    }

    private void WarnOfTime(LiveChild child)
    {
        child.IsTimeWarned = true;
        if (child.Task is { } task)
        {
            var limit = task.Stage.Plan.Timeout;
            Warn(child, string.Create(CultureInfo.InvariantCulture,
                $"time: {limit.TotalSeconds * NearLimit.Share:0.##} s of {limit.TotalSeconds:0.##} s "
                    + $"are up (limits.timeout)"));
        }
    }

    private void Warn(LiveChild child, string what)
    {
        if (child.Task is { } task)
        {
            child.Warning = what;
            MarkDirty(child);
            Oversee(child.Job, $"warned: {NameOf(task)} on {child.Id}, attempt {child.Attempt}: {what}");
        }
    }

    /// <summary>Notes that an attempt was ended for one of its limits.</summary>
    private void NoteEnd(LiveTask task, AttemptResult result)
    {
        if (result.End is AttemptEnd.TimedOut or AttemptEnd.OverLimit or AttemptEnd.Stalled)
        {
            NoteEnd(task, result.Order.Child, result.Order.Attempt, result.Error ?? "");
        }
    }

    private void NoteEnd(LiveTask task, string child, int attempt, string why) => Oversee(
        task.Stage.Job, $"ended: {NameOf(task)} on {child}, attempt {attempt}: {FirstLine(why)}");

    /// <summary>
    /// Notes that a child was ended by its parent, or died as it was told to end because it was stuck: its task runs
    /// again, and nothing else would tell why.
    /// </summary>
    /// <param name="child">The child.</param>
    /// <param name="given">What it was at; null where it had nothing.</param>
    /// <param name="counts">False where that was given up before, as with its job.</param>
    /// <param name="loss">How it was lost.</param>
    /// <param name="stall">Why its attempt was stopped as stuck; null where it was not.</param>
    private void NoteLoss(LiveChild child, LiveTask? given, bool counts, ChildLoss loss, string? stall)
    {
        if (given is not null && (loss.IsByParent || (counts && stall is not null)))
        {
            NoteEnd(given, child.Id, child.Attempt,
                stall is null ? loss.Reason : $"{stall}; its child did not live to end it: {loss.Reason}");
        }
        else if (loss.IsByParent)
        {
            Oversee(child.Job, $"ended: {child.Id}, which had no task: {FirstLine(loss.Reason)}");
        }
    }

    private static string FirstLine(string words)
    {
        var end = words.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? words : words[..end];
    }

    private void Oversee(LiveJob job, string act)
    {
        if (job.Acts > MostActs)
        {
            return;
        }

        act = ++job.Acts > MostActs ? $"more than {MostActs} acts: the rest is not listed" : act;
        Audit("amoeba", "overseer", job.Id, act);
        _effects.Add(new Oversaw(job.Id, act));
    }

    private static string NameOf(LiveTask task) => task.Stage.Plan is { Items: 1, From: null } plan
        ? plan.Id
        : $"{task.Stage.Plan.Id}[{task.Ordinal - task.Stage.Plan.First}]";
}
