using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tools.Chat;

/// <summary>
/// What the calls of one attempt at a merge took together, and what went wrong with them. Safe from any thread.
/// </summary>
/// <param name="limit">`limits.tokens`: of all calls together.</param>
/// <param name="allowance">What the job's budget leaves them.</param>
/// <param name="before">What earlier attempts took that nobody recorded: it counts, but not
/// against this attempt's limit.</param>
internal sealed class ReduceTally(
    long? limit, MergeAllowance allowance, (TokenCounts Tokens, decimal CostUsd) before)
{
    /// <summary>
    /// Failures in a row after which no more is asked: the server is down, and not just one call unlucky.
    /// </summary>
    private const int MostInARow = 4;

    private readonly Lock _lock = new();
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TokenCounts _tokens;
    private decimal _usd;
    private ReduceShare _reserved;
    private int _calls;
    private int _kept;
    private int _inARow;
    private (int At, AttemptEnd End, string? Error)? _failure;

    /// <summary>Nothing more is to be asked.</summary>
    public bool IsOver { get; private set; }

    private long Spent => Sum(_tokens);

    /// <summary>Waits until there is room for a call beside those under way; false where there never will be.</summary>
    public async ValueTask<bool> ReserveAsync(ReduceShare share, CancellationToken cancel)
    {
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                if (IsOver) return false;
                if (Lacks(share) is not { } lack)
                {
                    _reserved += share;
                    return true;
                }

                if (_reserved == default)
                {
                    FailAt(int.MaxValue, lack.End, lack.Error);
                    IsOver = true;
                    return false;
                }

                freed = _freed.Task;
            }

            await freed.WaitAsync(cancel);
        }
    }

    public void Ended(int at, ReduceShare share, in ToolOutcome outcome)
    {
        lock (_lock)
        {
            _calls++;
            _reserved -= share;
            _tokens += outcome.Tokens;
            _usd += outcome.CostUsd;
            if (outcome.Note is { } note) _notes.Add(note);
            _inARow = outcome.End == AttemptEnd.Succeeded ? 0 : _inARow + 1;
            if (outcome.End != AttemptEnd.Succeeded) FailAt(at, outcome.End, outcome.Error);
            Free();
        }
    }

    /// <summary>A call broke off with an exception.</summary>
    public void Lost(ReduceShare share)
    {
        lock (_lock)
        {
            _reserved -= share;
            IsOver = true;
            Free();
        }
    }

    public void Kept()
    {
        lock (_lock) _kept++;
    }

    /// <summary>The merge cannot go on, whatever its calls made of it.</summary>
    public void Fail(AttemptEnd end, string error)
    {
        lock (_lock) FailAt(0, end, error);
    }

    /// <param name="levels">How often answers were joined.</param>
    public ToolOutcome Outcome(int levels)
    {
        lock (_lock)
        {
            var notes = new List<string>(_notes);
            if (_kept > 0) notes.Insert(0, $"{_kept} of {_kept + _calls} answers were there from before");
            if (levels > 1) notes.Insert(0, $"joined in {levels} levels");
            return new ToolOutcome(_failure?.End ?? AttemptEnd.Succeeded, _failure?.Error)
            {
                Tokens = before.Tokens + _tokens,
                CostUsd = before.CostUsd + _usd,
                Note = notes.Count == 0 ? null : string.Join("; ", notes),
            };
        }
    }

    /// <summary>
    /// What there is no room for a call in; null where there is. A budget may be raised, and then it goes on.
    /// </summary>
    private (AttemptEnd End, string Error)? Lacks(ReduceShare share)
    {
        var next = _reserved + share;
        if (Spent + next.Tokens > limit)
        {
            return (AttemptEnd.Hopeless,
                $"tokens: the merge took {Spent} tokens, its next call needs about {share.Tokens}, and its "
                + $"limits.tokens is {limit}; raise it, or go on with `amoeba retry`: answers so far are kept");
        }

        return Sum(before.Tokens) + Spent + next.Tokens > allowance.Tokens
            || before.CostUsd + _usd + next.CostUsd > allowance.CostUsd
            ? (AttemptEnd.Failed, "budget: what is left of the job's budget is too little for the merge's next call; "
                + "answers so far are kept")
            : null;
    }

    /// <summary>The first in plan order is told, but for what ends the merge at once.</summary>
    private void FailAt(int at, AttemptEnd end, string? error)
    {
        var isFinal = end != AttemptEnd.Failed;
        var wasFinal = _failure is { End: not AttemptEnd.Failed };
        if (_failure is null || (isFinal && !wasFinal) || (isFinal == wasFinal && at < _failure.Value.At))
            _failure = (at, end, error);
        IsOver |= isFinal || _inARow >= MostInARow;
    }

    private static long Sum(TokenCounts tokens) => tokens.Input + tokens.Output + tokens.Cached;

    private void Free()
    {
        _freed.TrySetResult();
        _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What one call may take, at most.</summary>
internal readonly record struct ReduceShare(long Tokens, decimal CostUsd)
{
    public static ReduceShare operator +(ReduceShare a, ReduceShare b) =>
        new(a.Tokens + b.Tokens, a.CostUsd + b.CostUsd);

    public static ReduceShare operator -(ReduceShare a, ReduceShare b) =>
        new(a.Tokens - b.Tokens, a.CostUsd - b.CostUsd);
}
