namespace Amoeba.StandIn.Serving;

/// <summary>Where hanging requests wait until they are released.</summary>
internal sealed class Gate
{
    private TaskCompletionSource _open = Closed();
    private int _came;

    /// <summary>How many ever waited here.</summary>
    public int Came => Volatile.Read(ref _came);

    public Task WaitAsync(CancellationToken cancel)
    {
        var open = Volatile.Read(ref _open);
        Interlocked.Increment(ref _came); // whoever sees this may release it
        return open.Task.WaitAsync(cancel);
    }

    /// <summary>Lets those go on who wait now; later ones wait anew.</summary>
    public void Release() => Interlocked.Exchange(ref _open, Closed()).TrySetResult();

    private static TaskCompletionSource Closed() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
