using System.Collections.Concurrent;
using Amoeba.Engine.Ports;

namespace Amoeba.Hosting.Running;

/// <summary>Quotas of this parent alone: no figure is counted, and a server that refused is left alone for as long as it said.</summary>
internal sealed class Waits(TimeProvider time) : IQuotas
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, long> _until = new(StringComparer.Ordinal);

    public async ValueTask<QuotaGrant> ReserveAsync(QuotaAsk ask, IAttemptWaits waits, CancellationToken cancel)
    {
        while (_until.TryGetValue(ask.Key, out var until))
        {
            var left = time.GetElapsedTime(time.GetTimestamp(), until);
            if (left <= TimeSpan.Zero) break;
            waits.WaitsFor($"quota of {ask.Key}", time.GetUtcNow() + left);
            await Task.Delay(left, time, cancel);
            waits.GoesOn();
        }

        return new QuotaGrant(ask, 0);
    }

    public void Settle(QuotaGrant grant, QuotaUse use)
    {
    }

    public void Throttled(QuotaGrant grant, QuotaNews news) =>
        _until[grant.Ask.Key] = time.GetTimestamp() + (long)((news.RetryAfter ?? Usual).TotalSeconds * time.TimestampFrequency);
}
