namespace Amoeba.Hosting.Running;

/// <summary>Nobody waits long without being told for what.</summary>
internal static class LongWait
{
    /// <summary>So long nobody need be told.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    /// <summary>Waits, and tells a person for what once that takes longer than a moment.</summary>
    /// <param name="waited">What is waited for.</param>
    /// <param name="what">What that is, for a person.</param>
    /// <param name="options">Whom to tell.</param>
    public static async Task<T> ToldAsync<T>(this Task<T> waited, string what, ParentOptions options)
    {
        using var early = new CancellationTokenSource();
        var moment = Task.Delay(Moment, options.Time, early.Token);
        if (await Task.WhenAny(waited, moment) == moment) options.Waiting(what);
        await early.CancelAsync();
        return await waited;
    }
}
