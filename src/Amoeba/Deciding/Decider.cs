using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>
/// Decides whether to split a job and into how many children (SPEC 3.1 to 3.3). Pure; docs/deciding.md has the
/// formulae.
/// </summary>
internal static class Decider
{
    public static Decision Decide(DecisionInput input)
    {
        if (input.Cell != CellKind.Auto)
            return DecideIn(input);
        var lightest = DecideIn(CellChoice.Lightest(input).Pin(input));
        return CellChoice.ForLong(input, lightest) is { } choice ? DecideIn(choice.Pin(input)) : lightest;
    }

    private static Decision DecideIn(DecisionInput input)
    {
        var question = new Question(input);
        if (question.NeverSplit() is { } never)
            return question.Decide(1, never);
        return question.Wished ? ByWish(question) : ByGain(question);
    }

    /// <summary>
    /// What an answer makes of a decision: the same rules and caps, with the number that was allowed.
    /// </summary>
    /// <param name="decision">What was asked about.</param>
    /// <param name="outcome">What the answer means; not a refusal.</param>
    /// <param name="why">The sentence that comes first where the number changes: who answered what.</param>
    public static Decision Answered(Decision decision, Outcome outcome, string why)
    {
        if (outcome.Children == decision.Children)
            return decision;
        if (outcome.Children == 1)
            return new Question(decision.Input).Decide(1, why);
        var wished = Decide(decision.Input with { Wish = outcome.Children, Strategy = Plans.Strategy.Auto });
        return wished with { Reasons = [why, .. wished.Reasons] };
    }

    private static Decision ByWish(Question question)
    {
        var open = question.Cap.Width < 2 ? 1 : question.Input.Wish ?? question.Best(2);
        var width = (int)Math.Min(open, Math.Min(question.Cap.Width, question.AtOnce));
        var zoned = question.Zoned(width);
        if (zoned >= 2)
            return question.Decide(zoned, Reasons.AsWished(question, zoned, width));
        return question.Decide(1, width < 2 ? Reasons.CapForbids(question) : Reasons.ZoneForbids(question));
    }

    private static Decision ByGain(Question question)
    {
        if (question.Cap.Width < 2)
            return question.Decide(1, Reasons.CapForbids(question));
        var width = question.Best(1);
        if (width < 2)
            return question.Decide(1, Reasons.NothingGained(question));
        var zoned = question.Zoned(width);
        if (zoned < 2)
            return question.Decide(1, Reasons.ZoneForbids(question));
        return question.IsWorth(question.Gain(zoned))
            ? question.Decide(zoned, Reasons.WorthIt(question, zoned, width))
            : question.Decide(1, Reasons.GainTooSmall(question, zoned));
    }
}
