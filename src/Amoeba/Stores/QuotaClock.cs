namespace Amoeba.Stores;

/// <summary>
/// The ledger's clock: it goes on by what really passed between two looks, in microseconds. The machine's own clock
/// says it, which all its processes share and nobody sets; where that does not fit, because the machine was started
/// again or a process has another one, the wall's does; where neither does, nothing
/// passed, which errs to the safe side.
/// </summary>
internal readonly record struct QuotaClock(long Now, long Machine, long Wall)
{
    /// <summary>How much further than the wall's the machine's clock may have gone and still be believed.</summary>
    private const long Slack = 1_000_000;

    public QuotaClock GoOn(TimeProvider time)
    {
        var machine = (long)(time.GetTimestamp() * (1e6 / time.TimestampFrequency));
        var wall = StoreTime.Of(time.GetUtcNow());
        var passed = machine - Machine;
        var byWall = wall - Wall;
        if (passed < 0 || (byWall >= 0 && passed > byWall + Slack))
        {
            passed = Math.Max(0, byWall);
        }

        return new QuotaClock(Now + passed, machine, wall);
    }
}
