using Amoeba.Engine.Ports;
using Amoeba.Scheduling;

namespace Amoeba.Stores.Memory;

/// <summary>The ledger of parents that live in one process and end with it.</summary>
internal sealed class MemoryQuotaLedger(TimeProvider time) : IQuotaLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _parents = new(StringComparer.Ordinal);
    private QuotaClock _clock;

    public void AddParent(string parent)
    {
        lock (_lock)
        {
            _clock = _clock.GoOn(time);
            _parents[parent] = _clock.Now;
        }
    }

    public void RemoveParent(string parent)
    {
        lock (_lock)
        {
            _parents.Remove(parent);
            foreach (var account in _accounts.Values)
            {
                account.Tickets.RemoveAll(ticket => ticket.Parent == parent);
            }
        }
    }

    public QuotaAnswer Exchange(string parent, QuotaBatch batch)
    {
        lock (_lock)
        {
            _clock = _clock.GoOn(time);
            if (!_parents.ContainsKey(parent))
            {
                return new QuotaAnswer();
            }

            _parents[parent] = _clock.Now;
            var answer = new QuotaAnswer();
            foreach (var (key, limits) in batch.Keys)
            {
                var account = _accounts.GetValueOrDefault(key) ?? (_accounts[key] = new Account());
                account.Used = _clock.Now;
                var work = new QuotaAccount(key, parent, limits, _clock.Now, account.State, account.Tickets);
                work.Exchange(batch, _parents, answer);
                account.Tickets.RemoveAll(ticket => work.Removed.Contains((ticket.Parent, ticket.Number))
                    || (ticket.Parent == parent && work.Written.ContainsKey(ticket.Number)));
                account.Tickets.AddRange(work.Written.Values);
            }

            foreach (var (key, account) in _accounts)
            {
                if (_clock.Now - account.Used > QuotaPatience.Unused)
                {
                    _accounts.Remove(key);
                }
            }

            return answer;
        }
    }

    public void Dispose()
    {
    }

    private sealed class Account
    {
        public QuotaState State { get; } = new();

        public List<QuotaTicket> Tickets { get; } = [];

        public long Used { get; set; }
    }
}
