using Amoeba.Engine.Ports;
using Amoeba.Scheduling;

namespace Amoeba.Stores;

/// <summary>A call in the ledger.</summary>
/// <param name="Parent">Whose.</param>
/// <param name="Number">The parent's own number for it.</param>
/// <param name="Job">For whom.</param>
/// <param name="Tokens">Its estimate.</param>
/// <param name="Came">When, by the ledger's clock.</param>
/// <param name="Granted">When it was let go; null while it waits.</param>
internal sealed record QuotaTicket(string Parent, long Number, string Job, long Tokens, long Came, long? Granted);

/// <summary>
/// One key in one exchange: what every ledger does with it. The ledger reads state and tickets before, and writes what
/// changed afterwards.
/// </summary>
internal sealed class QuotaAccount(
    string key, string parent, QuotaSpec limits, long now, QuotaState state, IReadOnlyCollection<QuotaTicket> tickets)
{
    private readonly Dictionary<(string, long), QuotaTicket> _tickets =
        tickets.ToDictionary(ticket => (ticket.Parent, ticket.Number));

    private readonly HashSet<(string Parent, long Number)> _stored =
        [.. tickets.Select(ticket => (ticket.Parent, ticket.Number))];

    /// <summary>Stored tickets that go.</summary>
    public List<(string Parent, long Number)> Removed { get; } = [];

    /// <summary>Tickets that are new or changed.</summary>
    public Dictionary<long, QuotaTicket> Written { get; } = [];

    /// <summary>The state changed.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Does what the batch says of this key, then lets go whose turn it is.</summary>
    /// <param name="batch">All of the exchange; the rest of it is passed over.</param>
    /// <param name="seen">When each living parent was last heard of.</param>
    /// <param name="answer">Gets what came of it.</param>
    public void Exchange(QuotaBatch batch, IReadOnlyDictionary<string, long> seen, QuotaAnswer answer)
    {
        DropDead(seen);
        foreach (var gone in batch.Withdrawn.Where(gone => gone.Key == key))
        {
            Remove(gone.Number);
        }

        foreach (var settled in batch.Settled.Where(settled => settled.Key == key))
        {
            Settle(settled);
        }

        foreach (var refused in batch.Refused.Where(refused => refused.Key == key))
        {
            Refuse(refused);
        }

        foreach (var asked in batch.Asked.Where(asked => asked.Key == key))
        {
            Put(new QuotaTicket(parent, asked.Number, asked.Job, asked.Tokens, now, null));
        }

        RefuseTooLarge(answer);
        Serve(seen, answer);
    }

    private void DropDead(IReadOnlyDictionary<string, long> seen)
    {
        foreach (var ticket in tickets.Where(ticket => Silence(seen, ticket) > QuotaPatience.InFlight))
        {
            _tickets.Remove((ticket.Parent, ticket.Number));
            Removed.Add((ticket.Parent, ticket.Number));
        }
    }

    private void Settle(QuotaSettlement settled)
    {
        if (Remove(settled.Number) is { Granted: { } granted } ticket)
        {
            IsTouched = true;
            state.Settle(now, granted, ticket.Tokens, settled.Tokens);
        }

        if (settled.News is { } news)
        {
            IsTouched = true;
            var wait = Math.Max(Spent(news.Requests), Spent(news.Tokens));
            state.Say(now, news.Requests?.Limit, news.Tokens?.Limit, wait);
        }
    }

    private void Refuse(QuotaRefused refused)
    {
        var ticket = Remove(refused.Number);
        if (ticket is null && refused.Number != 0)
        {
            return;
        }

        IsTouched = true;
        var news = refused.News;
        state.Say(now, news.Requests?.Limit, news.Tokens?.Limit, null);
        var after = news.RetryAfter is { } said ? Micros(said) : Math.Max(Spent(news.Requests), Spent(news.Tokens));
        state.Refuse(new QuotaRefusal
        {
            Now = now,
            Granted = ticket?.Granted ?? now - Micros(refused.Ago),
            Reserved = ticket?.Tokens,
            RetryAfter = news.RetryAfter is null && after == 0 ? null : after,
            ByRequests = news.Requests?.Remaining == 0,
            ByTokens = news.Tokens?.Remaining == 0,
            InFlight = _tickets.Values.Count(other => other.Granted is not null),
            Seen = refused.Seen,
            Limits = limits,
        });
    }

    private void RefuseTooLarge(QuotaAnswer answer)
    {
        if (state.Known(limits).Tokens is not { } most)
        {
            return;
        }

        foreach (var ticket in _tickets.Values.Where(
            ticket => IsMine(ticket) && ticket.Granted is null && ticket.Tokens > most).ToList())
        {
            Remove(ticket.Number);
            answer.TooLarge.Add((key, ticket.Number, most));
        }
    }

    private void Serve(IReadOnlyDictionary<string, long> seen, QuotaAnswer answer)
    {
        var waiting = _tickets.Values
            .Where(ticket => ticket.Granted is null && Silence(seen, ticket) <= QuotaPatience.Waiting)
            .Select(ticket => new QuotaWaiter(ticket.Parent, ticket.Number, ticket.Job, ticket.Tokens, ticket.Came))
            .ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var inFlight = _tickets.Values.Count(ticket => ticket.Granted is not null);
        foreach (var (waiter, turn) in QuotaQueue.Serve(state, waiting, limits, inFlight, now, parent))
        {
            if (turn.At <= now)
            {
                Put(_tickets[(parent, waiter.Number)] with { Granted = now });
                answer.Granted.Add((key, waiter.Number));
            }
            else
            {
                answer.Waiting.Add(new QuotaWait(key, waiter.Number, turn.Why, turn.Limit, turn.Felt,
                    turn.At == QuotaTurn.Unknown ? null : TimeSpan.FromMicroseconds(turn.At - now)));
            }
        }

        IsTouched = true;
    }

    private long Silence(IReadOnlyDictionary<string, long> seen, QuotaTicket ticket) =>
        IsMine(ticket) ? 0 : now - seen.GetValueOrDefault(ticket.Parent, now);

    private bool IsMine(QuotaTicket ticket) => ticket.Parent == parent;

    private void Put(QuotaTicket ticket)
    {
        _tickets[(parent, ticket.Number)] = ticket;
        Written[ticket.Number] = ticket;
    }

    private QuotaTicket? Remove(long number)
    {
        if (_tickets.Remove((parent, number), out var ticket))
        {
            Written.Remove(number);
            if (_stored.Contains((parent, number)))
            {
                Removed.Add((parent, number));
            }
        }

        return ticket;
    }

    /// <summary>How long nothing more goes, where the figures say that all is used up.</summary>
    private static long Spent(QuotaFigures? figures) =>
        figures is { Remaining: 0, Reset: { } reset } ? Micros(reset) : 0;

    private static long Micros(TimeSpan span) => (long)Math.Clamp(span.TotalMicroseconds, 0, QuotaTiming.LongestBlock);
}
