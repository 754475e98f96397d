namespace Amoeba.Engine.Ports;

/// <summary>Hears how an attempt gets on. Safe from any thread; every call is cheap.</summary>
internal interface IAttemptWatch
{
    /// <summary>
    /// It got on: bytes, tokens, items, steps, whatever its tool calls progress. Only a counter moves.
    /// </summary>
    /// <param name="amount">At least 1.</param>
    void Progress(long amount);

    /// <summary>It is near one of its limits, and will be ended when it passes it.</summary>
    /// <param name="what">For a person, the limit first: `memory: 205 MB of 256 MB are used (limits.memory)`.</param>
    void Warn(string what);
}

/// <summary>Nobody watches.</summary>
internal sealed class NoAttemptWatch : IAttemptWatch
{
    public static NoAttemptWatch Instance { get; } = new();

    public void Progress(long amount)
    {
    }

    public void Warn(string what)
    {
    }
}
