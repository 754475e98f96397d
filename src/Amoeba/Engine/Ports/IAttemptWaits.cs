namespace Amoeba.Engine.Ports;

/// <summary>
/// Hears that an attempt waits for something that is no work of its own, such as a quota. Meanwhile its clock stands.
/// Safe from any thread; every call is cheap.
/// </summary>
internal interface IAttemptWaits
{
    /// <summary>It waits, or goes on to wait for something else or until another moment.</summary>
    /// <param name="what">For a person, without the moment: `quota local/llama: 60 requests a minute`.</param>
    /// <param name="until">The earliest moment at which it can go on; null where nobody knows.</param>
    void WaitsFor(string what, DateTimeOffset? until);

    /// <summary>It works again. Harmless where it did not wait.</summary>
    void GoesOn();
}

/// <summary>Nobody listens.</summary>
internal sealed class NoAttemptWaits : IAttemptWaits
{
    public static NoAttemptWaits Instance { get; } = new();

    public void WaitsFor(string what, DateTimeOffset? until)
    {
    }

    public void GoesOn()
    {
    }
}
