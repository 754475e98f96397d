using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.State;

namespace Amoeba.Engine;

/// <summary>
/// Attempts that get nothing done (SPEC 9.1). The engine asks for a look, the edge reads the child's counter, and what
/// it saw comes back as an event. A stuck attempt is stopped, its child is replaced, and its task runs elsewhere.
/// </summary>
internal sealed partial class EngineCore
{
    private long _nextLook = long.MaxValue;

    /// <param name="child">Whose attempt was ordered.</param>
    /// <param name="limit">Without progress; zero is none.</param>
    /// <param name="isThere">
    /// Whether its worker is: else the attempt begins when it is told, and its cell bounds the start.
    /// </param>
    private void WatchForStall(LiveChild child, TimeSpan limit, bool isThere)
    {
        child.Stall = limit > TimeSpan.Zero ? new StallWatch(limit.Ticks) : null;
        if (isThere)
        {
            BeginWatch(child);
        }
    }

    private void BeginWatch(LiveChild child)
    {
        child.Stall?.Begin(_now.Uptime);
        _nextLook = Math.Min(_nextLook, child.Stall?.Due ?? long.MaxValue);
    }

    private void FireLooks()
    {
        _nextLook = long.MaxValue;
        foreach (var job in _ordered)
        {
            foreach (var child in job.Children)
            {
                if (child.Stall is not { } watch)
                {
                    continue;
                }

                if (watch.Due <= _now.Uptime && child.Task is { } task)
                {
                    watch.Ask(_now.Uptime);
                    _effects.Add(new LookAtProgress(
                        new AttemptOrder(job.Id, task.Ordinal, task.Items, child.Attempt, child.Id)));
                }

                _nextLook = Math.Min(_nextLook, watch.Due);
            }
        }
    }

    private void OnProgressSeen(ProgressSeen seen)
    {
        if (!_children.TryGetValue(seen.Order.Child, out var child) || !child.IsAtWork
            || child.Attempt != seen.Order.Attempt || child.Task?.Ordinal != seen.Order.Ordinal
            || child.Stall is not { } watch)
        {
            return; // of an attempt that is over
        }

        if (watch.See(seen.Progress, _now.Uptime))
        {
            child.StallError = StallError(child.Task.Stage.Plan, watch);
            child.Stall = null;
            child.Deadline = long.MaxValue;
            TellToEnd(child, StopReason.Stalled, options.KillGrace);
        }

        _nextLook = Math.Min(_nextLook, watch.Due);
    }

    /// <summary>The reason with its figures.</summary>
    private string StallError(StagePlan plan, StallWatch watch) => string.Create(CultureInfo.InvariantCulture,
        $"stall: no progress for {watch.Silence(_now.Uptime).TotalSeconds:0.#} s, "
            + $"{watch.Progress:N0} {(plan.Program ? "bytes" : "steps")} before (limits.stall)");
}
