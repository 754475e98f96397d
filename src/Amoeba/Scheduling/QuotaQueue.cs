namespace Amoeba.Scheduling;

/// <summary>
/// Who goes next of all that wait for a key, of all parents. A parent lets only its own calls go, but leaves room for
/// those of others that come before them: so it does not matter which parent looks first.
/// </summary>
internal static class QuotaQueue
{
    /// <summary>Calls whose turn is foretold; the rest only hears what they wait for.</summary>
    private const int Foretold = 300;

    /// <summary>Lets this parent's calls go whose turn has come, and says of its others when theirs will.</summary>
    /// <param name="state">The key's; changed by the calls that go.</param>
    /// <param name="waiting">Everyone who waits, of all living parents, in no order.</param>
    /// <param name="limits">What is configured.</param>
    /// <param name="inFlight">Calls under way, of all parents.</param>
    /// <param name="now">Those whose turn is at this moment go.</param>
    /// <param name="parent">Who asks.</param>
    public static List<(QuotaWaiter Waiter, QuotaTurn Turn)> Serve(
        QuotaState state, IReadOnlyList<QuotaWaiter> waiting, QuotaSpec limits, int inFlight, long now, string parent)
    {
        state.GoTo(now, limits);
        state.Fairness.Meet(now, waiting);
        var turns = new List<(QuotaWaiter, QuotaTurn)>();
        var line = new QuotaLine(waiting);
        var ahead = state.Clone(); // as it will be when those before have gone
        var at = now;
        var last = new QuotaTurn(now);
        var foretold = 0;
        while (line.Next(ahead.Fairness) is { } waiter)
        {
            var turn = last.At == QuotaTurn.Unknown || (at > now && ++foretold > Foretold)
                ? last with { At = QuotaTurn.Unknown }
                : ahead.Turn(at, waiter.Tokens, limits, inFlight, waiter.Job);
            if (turn.At > at)
            {
                if (at == now && last.At != QuotaTurn.Unknown)
                {
                    state.KeptBack(turn);
                }

                last = turn;
            }

            var mine = waiter.Parent == parent;
            if (mine)
            {
                turns.Add((waiter, turn.At > now ? last with { At = turn.At } : turn));
            }

            if (turn.At == QuotaTurn.Unknown)
            {
                continue;
            }

            at = Math.Max(at, turn.At);
            ahead.Take(at, waiter.Tokens, waiter.Job, limits);
            inFlight++;
            if (mine && at == now)
            {
                state.Take(now, waiter.Tokens, waiter.Job, limits);
            }
        }

        return turns;
    }
}

/// <summary>Those who wait, first come within a job, jobs in turn.</summary>
internal sealed class QuotaLine
{
    private readonly List<Queue<QuotaWaiter>> _jobs;

    public QuotaLine(IEnumerable<QuotaWaiter> waiting) =>
        _jobs = [.. waiting.GroupBy(waiter => waiter.Job, StringComparer.Ordinal)
            .Select(job => new Queue<QuotaWaiter>(job.OrderBy(waiter => waiter.Came)
                .ThenBy(waiter => waiter.Parent, StringComparer.Ordinal).ThenBy(waiter => waiter.Number)))
            .OrderBy(job => job.Peek().Came).ThenBy(job => job.Peek().Job, StringComparer.Ordinal)];

    /// <summary>Takes the next one out; null where nobody is left.</summary>
    public QuotaWaiter? Next(QuotaFairness fairness)
    {
        var first = _jobs.MinBy(job => fairness.TurnOf(job.Peek().Job));
        if (first is null)
        {
            return null;
        }

        var next = first.Dequeue();
        if (first.Count == 0)
        {
            _jobs.Remove(first);
        }

        return next;
    }
}
