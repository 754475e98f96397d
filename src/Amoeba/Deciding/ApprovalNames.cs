namespace Amoeba.Deciding;

/// <summary>The words that configuration, store and faces use for autonomy, requests and answers.</summary>
internal static class ApprovalNames
{
    public static string Of(AutonomyLevel level) => level switch
    {
        AutonomyLevel.Manual => "manual",
        AutonomyLevel.Rules => "rules",
        AutonomyLevel.Learned => "learned",
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    public static string Of(Asks asks) => asks switch
    {
        Asks.None => "none",
        Asks.Split => "split",
        Asks.Spending => "spending",
        Asks.Both => "both",
        _ => throw new ArgumentOutOfRangeException(nameof(asks)),
    };

    public static string Of(AnswerKind answer) => answer switch
    {
        AnswerKind.Approve => "approve",
        AnswerKind.Sequential => "sequential",
        AnswerKind.Deny => "deny",
        AnswerKind.Refuse => "refuse",
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>The level that a word stands for, or null.</summary>
    public static AutonomyLevel? Level(string word) => Find<AutonomyLevel>(word, Of);

    /// <summary>What a word says is asked, or null.</summary>
    public static Asks? Asked(string word) => Find<Asks>(word, Of);

    /// <summary>The answer that a word stands for, or null.</summary>
    public static AnswerKind? Answer(string word) => Find<AnswerKind>(word, Of);

    private static T? Find<T>(string word, Func<T, string> name) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (name(value) == word)
                return value;
        return null;
    }
}
