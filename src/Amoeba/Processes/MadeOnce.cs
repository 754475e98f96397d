namespace Amoeba.Processes;

/// <summary>
/// Made by whoever needs it first, and once. Where it cannot be made, such as without a descriptor left, whoever needs
/// it next tries again; <see cref="Lazy{T}"/> would be broken for the life of the process.
/// </summary>
internal sealed class MadeOnce<T>(Func<T> make)
    where T : class
{
    private readonly Lock _gate = new();
    private volatile T? _made;

    /// <summary>Null before it was needed.</summary>
    public T? Made => _made;

    public T Value
    {
        get
        {
            if (_made is { } made) return made;
            lock (_gate) return _made ??= make();
        }
    }
}
