using Amoeba.Engine.Ports;
using Amoeba.Scheduling;

namespace Amoeba.Hosting.Running.Quotas;

/// <summary>
/// What a desk itself knows of a key. Until something is refused it only counts, so as to know then what was borne.
/// </summary>
internal sealed class DeskKey
{
    private readonly QuotaWindow _window = new();
    private int _inFlight;

    /// <summary>Its calls go through the ledger.</summary>
    public bool IsCounted { get; set; }

    public QuotaSpec Limits { get; set; } = QuotaSpec.None;

    public void Begin(long now, long tokens)
    {
        _window.Expire(now);
        _window.Add(now, 1, tokens);
        _inFlight++;
    }

    /// <param name="at">When it began.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="estimate">The tokens it began with.</param>
    /// <param name="tokens">What it took; null: it was refused or never sent.</param>
    public void End(long at, long now, long estimate, long? tokens)
    {
        _window.Correct(at, now, tokens is null ? -1 : 0, (tokens ?? 0) - estimate);
        _inFlight--;
    }

    public QuotaSeen Seen(long now)
    {
        _window.Expire(now);
        return new QuotaSeen(_window.Requests, _window.Tokens, _inFlight);
    }
}

/// <summary>A grant as its desk remembers it.</summary>
/// <param name="Ask">What was asked.</param>
/// <param name="Ticket">Its number in the ledger; 0 where it was let go without it.</param>
/// <param name="At">When, in microseconds of the machine's clock.</param>
internal sealed record DeskGrant(QuotaAsk Ask, long Ticket, long At) : QuotaGrant(Ask, Ticket)
{
    private int _ended;

    /// <summary>False where it ended before.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;
}
