namespace Amoeba.Hosting.Reusing;

/// <summary>
/// Results that cost money to make and were taken for reused when it was worked out what is to be asked: where they
/// turn out not to be, nobody was asked.
/// </summary>
/// <param name="Items">By task of the plan, by item; null for a task of which nothing is.</param>
/// <param name="Merge">The merge's is.</param>
internal sealed record CountedOn(IReadOnlyList<IReadOnlyList<bool>?> Items, bool Merge)
{
    /// <summary>For a person, where one of them does not hold.</summary>
    public const string Broken =
        "an earlier result was to be used again, and something that it rests on changed since, or it is "
        + "gone; to make it anew costs money that nobody was asked for. `amoeba resume` says what it costs, and asks";

    public static CountedOn None { get; } = new([], false);

    public IReadOnlyList<bool>? Of(int task) => task < Items.Count ? Items[task] : null;
}
