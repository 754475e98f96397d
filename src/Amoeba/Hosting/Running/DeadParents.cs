using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Processes;
using Microsoft.Extensions.Logging;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Parents whose process is gone. What they held of the shared caps comes free when nothing of them runs any more, even
/// where nobody resumes their jobs.
/// </summary>
internal sealed class DeadParents(
    string me, ParentOptions options, IStore store, EngineLoop loop, Strays strays, ILogger log)
{
    private readonly HashSet<string> _burying = [];

    /// <summary>Ends what dead parents left, in the background, and forgets them. On the loop's thread.</summary>
    public void Bury()
    {
        foreach (var parent in store.ListParents())
        {
            if (parent.Id != me && IsDead(parent) && _burying.Add(parent.Id))
            {
                _ = Task.Run(() => BuryAsync(parent.Id));
            }
        }
    }

    /// <summary>Neither it nor its guardian lives.</summary>
    private bool IsDead(ParentRecord parent)
    {
        try
        {
            return !ParentLock.IsHeld(ParentLock.PathOf(options.Home!, parent.Id));
        }
        catch (IOException)
        {
            return false; // nothing is known of it
        }
    }

    private async Task BuryAsync(string parent)
    {
        try
        {
            var (killed, clean) = await options.Sweep(parent, options.Time, CancellationToken.None);
            await strays.EndAsync();
            if (clean)
            {
                File.Delete(ParentLock.PathOf(options.Home!, parent));
                loop.Post(new Called(() => store.RemoveParent(parent)));
                ParentLog.Buried(log, parent, killed);
            }
            else
            {
                ParentLog.NotBuried(log, parent, LeftBehind.Words(parent)); // likewise
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ParentLog.NotBuried(log, parent, error.Message); // the next look tries again
        }

        loop.Post(new Called(() => _burying.Remove(parent)));
    }
}
