namespace Amoeba.StandIn.Serving;

/// <summary>Where hanging requests wait until they are released.</summary>
internal sealed class Gate
{
    private TaskCompletionSource _open = Closed();

    public Task WaitAsync(CancellationToken cancel) => Volatile.Read(ref _open).Task.WaitAsync(cancel);

    /// <summary>Lets those go on who wait now; later ones wait anew.</summary>
    public void Release() => Interlocked.Exchange(ref _open, Closed()).TrySetResult();

    private static TaskCompletionSource Closed() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
