namespace Amoeba.Tools.Chat;

/// <summary>How long and how much one call may be.</summary>
/// <param name="Stall">Longest time without a byte; null is for ever.</param>
/// <param name="Answer">Bytes of the longest answer.</param>
internal sealed record ChatPace(TimeSpan? Stall, long Answer)
{
    public static ChatPace Usual { get; } = new(Plans.StallLimits.Answers, 64L << 20);
}
