namespace Amoeba.Engine;

/// <summary>
/// A point in time on both clocks: the wall's, which records carry and which may jump, and the monotonic one, which
/// every timer goes by.
/// </summary>
/// <param name="Wall">Wall-clock time.</param>
/// <param name="Uptime">Ticks (100 ns) of a clock that never goes back; its zero means nothing.</param>
internal readonly record struct Moment(DateTimeOffset Wall, long Uptime);
