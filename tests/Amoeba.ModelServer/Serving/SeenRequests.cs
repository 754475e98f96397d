using System.Text;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>The last requests, and a signal for those who wait for them.</summary>
internal sealed class SeenRequests(int keep)
{
    private static readonly HashSet<string> Secret =
        new(StringComparer.OrdinalIgnoreCase) { "authorization", "x-api-key", "cookie", "proxy-authorization" };

    private readonly Lock _lock = new();
    private readonly Queue<Kept> _kept = new();
    private readonly List<(long Count, TaskCompletionSource Reached)> _waiting = [];
    private long _count;

    public long Add(double at, string host, HttpRequest request, byte[] body)
    {
        var path = request.Path + request.QueryString.Value;
        var headers =
            request.Headers.Select(header => (header.Key, Show(header.Key, header.Value.ToString()))).ToArray();
        lock (_lock)
        {
            _count++;
            if (keep > 0 && _kept.Count >= keep) _kept.Dequeue();
            if (keep > 0) _kept.Enqueue(new Kept(_count, at, host, request.Method, path, headers, body));
            foreach (var (count, reached) in _waiting)
            {
                if (_count >= count) reached.TrySetResult();
            }

            _waiting.RemoveAll(one => one.Reached.Task.IsCompleted);
            return _count;
        }
    }

    public Task ReachAsync(long count, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_count >= count) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }

    public IReadOnlyList<SeenRequest> Read()
    {
        Kept[] kept;
        lock (_lock) kept = [.. _kept];
        return [.. kept.Select(one => one.Show())];
    }

    public void Clear()
    {
        lock (_lock) _kept.Clear();
    }

    private static string Show(string name, string value) => Secret.Contains(name) ? "(hidden)" : value;

    /// <summary>As bytes, since most are never looked at.</summary>
    private sealed record Kept(
        long Number, double At, string Host, string Method,
        string Path, (string Name, string Value)[] Headers, byte[] Body)
    {
        public SeenRequest Show() => new(
            Number, At, Host, Method, Path,
            Headers.ToDictionary(header => header.Name.ToLowerInvariant(), header => header.Value),
            Encoding.UTF8.GetString(Body));
    }
}
