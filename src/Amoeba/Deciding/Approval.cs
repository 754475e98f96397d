namespace Amoeba.Deciding;

/// <summary>Who may allow a split (SPEC 4.1).</summary>
internal enum AutonomyLevel
{
    /// <summary>Every split asks.</summary>
    Manual,

    /// <summary>What costs money asks; a free split on this machine within the caps is allowed.</summary>
    Rules,

    /// <summary>
    /// As <see cref="Rules"/>: what history adds is a better number and a better yes or no, not more leave to act.
    /// </summary>
    Learned,
}

/// <summary>What a person is asked to allow.</summary>
[Flags]
internal enum Asks
{
    None = 0,
    Split = 1,
    Spending = 2,
    Both = Split | Spending,
}

internal enum AnswerKind
{
    Approve,

    /// <summary>Run it, but one after the other.</summary>
    Sequential,

    /// <summary>Sequential where only the split was asked, a refusal where spending was.</summary>
    Deny,

    /// <summary>Do not run it at all.</summary>
    Refuse,
}

/// <param name="Kind">Which answer.</param>
/// <param name="Children">Of approve: another number than the recommended one; null keeps that.</param>
internal readonly record struct Answer(AnswerKind Kind, int? Children = null);

internal enum OutcomeKind
{
    RunSplit,
    RunSequential,
    Refuse,
}

/// <param name="Kind">What happens to the job.</param>
/// <param name="Children">Children at once; 1 unless it is split, 0 where it is refused.</param>
internal readonly record struct Outcome(OutcomeKind Kind, int Children);

/// <summary>When a decision needs a person, and what the person's answer means.</summary>
internal static class ApprovalPolicy
{
    /// <param name="decision">What would run.</param>
    /// <param name="level">The autonomy that holds for this job.</param>
    /// <param name="costsMoney">It calls something with a price or without a known one.</param>
    /// <param name="yes">This run's `--yes`: it approves what would be asked, and the audit log says so.</param>
    public static Asks Ask(Decision decision, AutonomyLevel level, bool costsMoney, bool yes = false)
    {
        if (yes)
            return Asks.None;
        var split = decision.Split && level == AutonomyLevel.Manual ? Asks.Split : Asks.None;
        return costsMoney ? split | Asks.Spending : split;
    }

    /// <exception cref="ArgumentException">Nothing was asked, or the number is below 1.</exception>
    public static Outcome Resolve(Decision decision, Asks asks, Answer answer)
    {
        if (asks == Asks.None)
            throw new ArgumentException("nothing was asked, so there is nothing to answer", nameof(asks));
        if (answer.Children is < 1)
            throw new ArgumentException($"{answer.Children} children can do nothing: give 1 or more", nameof(answer));
        return answer.Kind switch
        {
            AnswerKind.Refuse => new Outcome(OutcomeKind.Refuse, 0),
            AnswerKind.Deny when asks.HasFlag(Asks.Spending) => new Outcome(OutcomeKind.Refuse, 0),
            AnswerKind.Deny or AnswerKind.Sequential => new Outcome(OutcomeKind.RunSequential, 1),
            _ => Run(answer.Children ?? decision.Children),
        };
    }

    private static Outcome Run(int children) => children > 1
        ? new Outcome(OutcomeKind.RunSplit, children)
        : new Outcome(OutcomeKind.RunSequential, 1);
}
