namespace Amoeba.Simulating;

/// <summary>
/// Looks on while a job is played: says how far it is, and ends it when nobody wants to know any more.
/// </summary>
/// <param name="Ended">Told now and then how many attempts ended.</param>
/// <param name="Cancel">Ends the playing.</param>
internal sealed record SimulationWatch(Action<long>? Ended, CancellationToken Cancel)
{
    public static SimulationWatch None { get; } = new(null, CancellationToken.None);

    public void See(long ended)
    {
        Cancel.ThrowIfCancellationRequested();
        Ended?.Invoke(ended);
    }
}
