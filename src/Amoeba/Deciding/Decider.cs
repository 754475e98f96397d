namespace Amoeba.Deciding;

/// <summary>Decides whether to split a job and into how many children (SPEC 3.1 to 3.3). Pure; docs/deciding.md has the formulae.</summary>
internal static class Decider
{
    public static Decision Decide(DecisionInput input)
    {
        var question = new Question(input);
        if (question.NeverSplit() is { } never)
            return question.Sequential(never);
        return question.Wished ? ByWish(question) : ByGain(question);
    }

    private static Decision ByWish(Question question)
    {
        var open = question.Cap.Width < 2 ? 1 : question.Input.Wish ?? question.Best(2);
        var width = (int)Math.Min(open, Math.Min(question.Cap.Width, question.AtOnce));
        var zoned = question.Zoned(width);
        if (zoned >= 2)
            return question.Parallel(zoned, Reasons.AsWished(question, zoned, width));
        return question.Sequential(width < 2 ? Reasons.CapForbids(question) : Reasons.ZoneForbids(question));
    }

    private static Decision ByGain(Question question)
    {
        if (question.Cap.Width < 2)
            return question.Sequential(Reasons.CapForbids(question));
        var width = question.Best(1);
        if (width < 2)
            return question.Sequential(Reasons.NothingGained(question));
        var zoned = question.Zoned(width);
        if (zoned < 2)
            return question.Sequential(Reasons.ZoneForbids(question));
        var gain = question.Gain(zoned);
        return gain >= question.Threshold && gain > 0
            ? question.Parallel(zoned, Reasons.WorthIt(question, zoned, width))
            : question.Sequential(Reasons.GainTooSmall(question, zoned));
    }
}
