namespace Amoeba.StandIn.Serving;

/// <summary>Counts what happens.</summary>
internal sealed class Counter(double minute)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _statuses = [];
    private readonly Dictionary<string, Host> _hosts = [];
    private readonly Queue<(double At, int Tokens)> _minute = new();
    private long _requests;
    private int _now;
    private int _peak;
    private long _admitted;
    private long _input;
    private long _output;
    private long _tokensInMinute;
    private long _mostRequests;
    private long _mostTokens;

    /// <summary>A request has come.</summary>
    public Call Begin(string host)
    {
        lock (_lock)
        {
            _requests++;
            _peak = Math.Max(_peak, ++_now);
            if (!_hosts.TryGetValue(host, out var known)) _hosts[host] = known = new Host();
            known.Requests++;
            known.Peak = Math.Max(known.Peak, ++known.Now);
            return new Call(this, known);
        }
    }

    public void Admit(int input, int output, double at)
    {
        lock (_lock)
        {
            _admitted++;
            _input += input;
            _output += output;
            _minute.Enqueue((at, input + output));
            _tokensInMinute += input + output;
            while (_minute.Peek().At + minute <= at) _tokensInMinute -= _minute.Dequeue().Tokens;
            _mostRequests = Math.Max(_mostRequests, _minute.Count);
            _mostTokens = Math.Max(_mostTokens, _tokensInMinute);
        }
    }

    public Statistics Read()
    {
        lock (_lock)
        {
            return new Statistics
            {
                Requests = _requests,
                Now = _now,
                Peak = _peak,
                Statuses = new Dictionary<int, long>(_statuses),
                Admitted = _admitted,
                InputTokens = _input,
                OutputTokens = _output,
                MostRequestsAMinute = _mostRequests,
                MostTokensAMinute = _mostTokens,
                Hosts = _hosts.ToDictionary(host => host.Key,
                    host => new HostStatistics(host.Value.Requests, host.Value.Peak)),
            };
        }
    }

    /// <summary>A request while it is answered.</summary>
    internal sealed class Call(Counter counter, Host host)
    {
        private bool _isOver;

        /// <summary>
        /// It is over: at its end, or just before its last bytes go out, as who has read them may ask again at once.
        /// </summary>
        public void Leave()
        {
            lock (counter._lock)
            {
                if (_isOver) return;
                _isOver = true;
                counter._now--;
                host.Now--;
            }
        }

        public void End(int status)
        {
            Leave();
            lock (counter._lock) counter._statuses[status] = counter._statuses.GetValueOrDefault(status) + 1;
        }
    }

    internal sealed class Host
    {
        public long Requests { get; set; }

        public int Now { get; set; }

        public int Peak { get; set; }
    }
}
