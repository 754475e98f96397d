using Amoeba.Engine.Ports;
using Amoeba.Hosting.Remains;
using Amoeba.Processes;
using Microsoft.Extensions.Logging;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Detached workers that nobody owns: their parent gave them up, and died before they heard of it. Every parent looks
/// when it starts, and whenever it buries another.
/// </summary>
internal sealed class Strays(string? home, IStoreReader store, TimeProvider time, ILogger log)
{
    private readonly DetachedRemains? _remains =
        home is null ? null : new DetachedRemains(home, store, parent => Lives(home, store, parent), time);

    /// <summary>Ends those that are there now. Never fails: what could not be ended is seen by the next look.</summary>
    public async Task EndAsync()
    {
        if (_remains is null || !_remains.HasAny) return;
        try
        {
            if (await _remains.EndUnownedAsync(CancellationToken.None) is > 0 and var ended)
                ParentLog.EndedStrays(log, ended);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StoreUnusableException)
        {
            ParentLog.NotEndedStrays(log, error.Message);
        }
    }

    /// <summary>
    /// The parent itself: its guardian, which may hold the lock for a while longer, leaves detached workers alone. One
    /// of whom nothing can be known counts as alive.
    /// </summary>
    private static bool Lives(string home, IStoreReader store, string parent)
    {
        try
        {
            return ParentLock.IsHeld(ParentLock.PathOf(home, parent))
                && (store.ListParents().FirstOrDefault(record => record.Id == parent) is not { } known
                    || ParentIdentity.IsAlive(known));
        }
        catch (IOException)
        {
            return true;
        }
    }
}
