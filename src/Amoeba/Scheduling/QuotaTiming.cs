namespace Amoeba.Scheduling;

/// <summary>Spans of quotas, in microseconds of the ledger's clock.</summary>
internal static class QuotaTiming
{
    public const long Second = 1_000_000;

    public const long Minute = 60 * Second;

    /// <summary>Calls are counted by slots of this length; a slot leaves the window as a whole.</summary>
    public const long Slot = Second / 2;

    /// <summary>
    /// How much later than expected a call may reach its server: a slot stays in the window this much longer than a
    /// minute, so that a late call and the punctual one a minute after it never meet in one minute of the server's.
    /// </summary>
    public const long Margin = Second;

    /// <summary>Added to what a server asks to wait, because many round down.</summary>
    public const long RetryMargin = Second / 4;

    /// <summary>The longest that a server's word keeps calls back.</summary>
    public const long LongestBlock = 24 * 60 * Minute;

    /// <summary>How far calls that are spaced evenly may come in groups.</summary>
    public const long Group = Second / 4;
}
