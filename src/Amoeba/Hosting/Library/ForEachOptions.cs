namespace Amoeba;

/// <summary>How one <see cref="IAmoeba.ForEachAsync"/> runs.</summary>
public sealed record ForEachOptions
{
    /// <summary>
    /// Shown where jobs are shown; with <see cref="Durable"/> also how an interrupted job is found again.
    /// </summary>
    public string Name { get; init; } = "for each";

    /// <summary>A wish for up to this many items at once, 1 and up. Null lets Amoeba decide.</summary>
    public int? Children { get; init; }

    /// <summary>Tries after the first that a failing item gets, 0 and up. Default 2.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Longest time one try may take. Default 5 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What one item is expected to take; a help for the decision. Null is unknown.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>
    /// Keep items and results on disk (needs <see cref="AmoebaOptions.Home"/>): when the process dies, the same call
    /// with the same name and items goes on where it was, and does no recorded item again. Items and results have to
    /// survive System.Text.Json.
    /// </summary>
    public bool Durable { get; init; }
}

/// <summary>What became of one item.</summary>
/// <param name="Index">Its place among the items.</param>
/// <param name="Succeeded">Whether it has a value.</param>
/// <param name="Value">The result; default where it failed.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
/// <param name="Attempts">Tries it took.</param>
public sealed record ItemResult<T>(int Index, bool Succeeded, T? Value, string? Error, int Attempts);

/// <summary>What became of all items, in their order.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Items">One entry an item.</param>
/// <param name="Elapsed">From the first start to the end.</param>
public sealed record ForEachResult<T>(string Job, IReadOnlyList<ItemResult<T>> Items, TimeSpan Elapsed)
{
    /// <summary>Every item succeeded.</summary>
    public bool Succeeded => Items.All(item => item.Succeeded);

    /// <summary>The values in order.</summary>
    /// <exception cref="JobFailedException">An item failed.</exception>
    public IReadOnlyList<T> Values => Succeeded
        ? [.. Items.Select(item => item.Value!)]
        : throw new JobFailedException(Job, $"{Items.Count(item => !item.Succeeded)} of "
            + $"{Deciding.Say.Count(Items.Count, "item", "items")} failed; the first: "
            + Items.First(item => !item.Succeeded).Error);
}

/// <summary>A job ended without what was asked of it.</summary>
public sealed class JobFailedException(string job, string message) : Exception(message)
{
    /// <summary>The job's id.</summary>
    public string Job { get; } = job;
}
