namespace Amoeba.Scheduling;

/// <summary>
/// Spaces calls evenly at a rate. Only for rates that were felt for: a server whose limit is not known may count by the
/// second as well as by the minute, and even calls suit it either way.
/// </summary>
internal struct QuotaPace
{
    private long _next;

    public readonly long NextAt => _next - QuotaTiming.Group;

    public void Take(long now, double amount, double limit) =>
        _next = Math.Max(_next, now) + (long)(amount * QuotaTiming.Minute / limit);

    /// <summary>Less or more was taken than was thought.</summary>
    public void Correct(double amount, double limit) => _next += (long)(amount * QuotaTiming.Minute / limit);

    public readonly void Write(BinaryWriter writer) => writer.Write(_next);

    public static QuotaPace Read(BinaryReader reader) => new() { _next = reader.ReadInt64() };
}
