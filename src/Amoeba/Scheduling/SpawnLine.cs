using Amoeba.Jobs;

namespace Amoeba.Scheduling;

/// <summary>
/// The line in which all parents of a store wait for the starts of their heavy children. Who asks is given the next
/// moments that the pace leaves free, for good: a start that is not made then is nobody's, so that a parent that dies
/// with some holds up nobody for long.
/// </summary>
internal static class SpawnLine
{
    /// <summary>So far ahead several starts are given at once, so that not each of them asks.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest period there is: what is older than this is of no use.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>Nothing is given that lies farther ahead; what does was given before the clock was put back.</summary>
    public static TimeSpan Farthest(SpawnPace pace) => 2 * pace.Period + TimeSpan.FromSeconds(10);

    /// <summary>The next moments at which a child may be started, in order.</summary>
    /// <param name="newest">The newest that were given, latest first; as many as the pace
    /// has in a period, or all.</param>
    /// <param name="wanted">No more than these; at least 1.</param>
    /// <param name="pace">How many there may be in a period.</param>
    /// <param name="now">The wall clock's time.</param>
    /// <returns>
    /// Those within <see cref="Ahead"/>, or else the next one alone. None where the line is too long: ask again later.
    /// </returns>
    public static List<DateTimeOffset> Next(
        IReadOnlyList<DateTimeOffset> newest, int wanted, SpawnPace pace, DateTimeOffset now)
    {
        var line = new Queue<DateTimeOffset>();
        for (var i = Math.Min(newest.Count, pace.Most) - 1; i >= 0; i--) line.Enqueue(newest[i]);
        var given = new List<DateTimeOffset>();
        while (given.Count < wanted)
        {
            var free = line.Count < pace.Most ? now : line.Peek() + pace.Period;
            var at = free > now ? free : now;
            if (at > now + (given.Count > 0 ? Ahead : Farthest(pace))) break;
            if (line.Count >= pace.Most) line.Dequeue();
            line.Enqueue(at);
            given.Add(at);
        }

        return given;
    }
}
