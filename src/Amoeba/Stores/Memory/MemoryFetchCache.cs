using Amoeba.Engine.Ports;

namespace Amoeba.Stores.Memory;

/// <summary>Answers that are gone with the process.</summary>
internal sealed class MemoryFetchCache(FetchCacheLimits limits, TimeProvider time) : IFetchCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Kept>> _kept = new(StringComparer.Ordinal);
    private readonly LinkedList<Kept> _byUse = []; // the one used last is first
    private long _bytes;

    public FetchCacheEntry? Find(string key)
    {
        lock (_lock) return _kept.GetValueOrDefault(key)?.Value.Entry;
    }

    public byte[]? Read(string key, FetchCacheEntry entry)
    {
        lock (_lock)
        {
            if (Same(key, entry) is not { } node) return null;
            Use(node);
            return node.Value.Body;
        }
    }

    public void Put(string key, FetchCacheEntry entry, ReadOnlySpan<byte> body)
    {
        if (body.Length > limits.BodyBytes || FetchCacheSize.Of(body.Length) > limits.Bytes) return;
        var kept = new Kept(key, entry, body.ToArray());
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out var old)) Remove(old);
            _kept[key] = _byUse.AddFirst(kept);
            kept.Used = time.GetUtcNow();
            _bytes += FetchCacheSize.Of(body.Length);
            while (_bytes > limits.Bytes) Remove(_byUse.Last!);
        }
    }

    public void Confirm(string key, FetchCacheEntry entry, DateTimeOffset? freshUntil)
    {
        lock (_lock)
        {
            if (Same(key, entry) is { } node) node.Value.Entry = entry with { FreshUntil = freshUntil };
        }
    }

    public int Prune(DateTimeOffset unusedSince)
    {
        lock (_lock)
        {
            var before = _kept.Count;
            while (_byUse.Last is { } last && last.Value.Used < unusedSince) Remove(last);
            return before - _kept.Count;
        }
    }

    private LinkedListNode<Kept>? Same(string key, FetchCacheEntry entry) =>
        _kept.GetValueOrDefault(key) is { } node && node.Value.Entry.Stored == entry.Stored ? node : null;

    private void Use(LinkedListNode<Kept> node)
    {
        node.Value.Used = time.GetUtcNow();
        _byUse.Remove(node);
        _byUse.AddFirst(node);
    }

    private void Remove(LinkedListNode<Kept> node)
    {
        _byUse.Remove(node);
        _kept.Remove(node.Value.Key);
        _bytes -= FetchCacheSize.Of(node.Value.Body.Length);
    }

    private sealed class Kept(string key, FetchCacheEntry entry, byte[] body)
    {
        public string Key => key;

        public byte[] Body => body;

        public FetchCacheEntry Entry { get; set; } = entry;

        public DateTimeOffset Used { get; set; }
    }
}
