using Amoeba.Engine.Ports;

namespace Amoeba.Engine;

/// <summary>Where effects are let out. Called by the loop's thread; must not block it for long.</summary>
internal interface IEffects
{
    void Release(Effect effect);

    /// <summary>
    /// Looks at what only looking tells: requests of other processes, the machine. Returns what it saw as events.
    /// </summary>
    void Poll();
}

/// <summary>
/// Drains events, steps the engine, commits what changed in one transaction, and only then lets the effects out.
/// </summary>
internal sealed class EngineLoop(
    EngineCore core, IStore store, IOutputs outputs, TimeProvider time, TimeSpan pollEvery) : IChildEvents
{
    /// <summary>
    /// Where fewer of the children than one in so many have said something, whoever has more to say goes first: a round
    /// costs the same for one event as for many.
    /// </summary>
    private const int FewOf = 8;

    private readonly EventQueue _events = new();
    private readonly CommitBatch _batch = new();
    private readonly List<Effect> _releasing = [];
    private readonly long _stampAtStart = time.GetTimestamp();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextPoll;
    private volatile bool _end;

    public IEffects? Effects { get; set; }

    public EngineCore Core => core;

    /// <summary>Told of a job that another parent owns now.</summary>
    public Action<string>? Lost { get; set; }

    /// <summary>Completes when the loop ended; faults when it cannot go on.</summary>
    public Task Completed => _completed.Task;

    public void Post(EngineEvent happened) => _events.Add(happened);

    /// <summary>Comes before every other event that waits.</summary>
    public void PostFirst(EngineEvent happened) => _events.AddFirst(happened);

    /// <summary>Begins the loop on a thread of its own, which a blocked thread pool cannot hold up.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "amoeba engine" }.Start();

    /// <summary>Ends the loop after the round it is in.</summary>
    public void End()
    {
        _end = true;
        Post(TimePassed.Instance);
    }

    /// <summary>One round: takes what waits, and commits and lets out what follows from it.</summary>
    /// <returns>How many events it took.</returns>
    public int RunOnce()
    {
        var now = Now();
        if (now.Uptime >= _nextPoll)
        {
            _nextPoll = now.Uptime + pollEvery.Ticks;
            Effects!.Poll();
        }

        var events = _events.TakeAll();
        foreach (var happened in events)
        {
            if (happened is Called called)
            {
                called.Do();
            }
            else
            {
                core.Step(now, happened);
            }
        }

        if (core.NextDue() <= now.Uptime)
        {
            core.Step(now, TimePassed.Instance);
        }

        Commit(now);
        return events.Count;
    }

    /// <summary>The moment on both clocks.</summary>
    public Moment Now() => new(time.GetUtcNow(), time.GetElapsedTime(_stampAtStart).Ticks);

    private void Commit(in Moment now)
    {
        IReadOnlyList<string> rejected;
        do
        {
            rejected = CommitOnce();
            if (rejected.Count > 0)
            {
                Lose(rejected, now); // what that lets start needs a commit of its own
            }
        }
        while (rejected.Count > 0);
        Release();
    }

    private IReadOnlyList<string> CommitOnce()
    {
        core.TakeBatch(_batch);
        if (_batch.IsEmpty)
        {
            return [];
        }

        if (_batch.Tasks.Count > 0)
        {
            outputs.Flush();
        }

        var result = store.Commit(_batch);
        _batch.Clear();
        return result.Rejected;
    }

    /// <summary>
    /// Drops what the engine wanted done for jobs that are another parent's now, and lets it forget them.
    /// </summary>
    private void Lose(IReadOnlyList<string> rejected, in Moment now)
    {
        for (var i = 0; i < core.Effects.Count; i++)
        {
            var effect = core.Effects[i];
            if (rejected.Contains(effect.Job)
                && effect is not (StopAttempt or DestroyChild or LeaveChild or JobForgotten))
            {
                core.Effects[i] = effect is AnswerRequest answer
                    ? answer with { Error = $"another parent took job {effect.Job} over; ask again" }
                    : new Dropped();
            }
        }

        foreach (var job in rejected)
        {
            core.Step(now, new JobLost(job));
            Lost?.Invoke(job);
        }
    }

    private void Release()
    {
        if (core.Effects.Count == 0)
        {
            return;
        }

        _releasing.AddRange(core.Effects);
        core.Effects.Clear();
        foreach (var effect in _releasing)
        {
            if (effect is not Dropped)
            {
                Effects!.Release(effect);
            }
        }

        _releasing.Clear();
    }

    private void Run()
    {
        try
        {
            while (!_end)
            {
                if (RunOnce() == 0)
                {
                    _events.Wait(UntilNext());
                }

                if (_events.Count < core.InUse.Light / FewOf)
                {
                    Thread.Yield();
                }
            }

            _completed.TrySetResult();
        }
        catch (Exception error)
        {
            // Memory is ahead of the disk: nothing is let out any more, and what runs here is not trusted again.
            _completed.TrySetException(error);
        }
    }

    private TimeSpan UntilNext()
    {
        var due = Math.Min(core.NextDue(), _nextPoll) - Now().Uptime;
        return TimeSpan.FromTicks(Math.Clamp(due, 0, pollEvery.Ticks));
    }

    void IChildEvents.Ready(string child, int? pid) => Post(new ChildReady(child, pid));

    void IChildEvents.Failed(string child, ChildLoss loss) => Post(new ChildFailed(child, loss));

    void IChildEvents.Ended(AttemptResult result) => Post(new AttemptEnded(result));

    void IChildEvents.Began(AttemptOrder order) => Post(new AttemptBegan(order));

    void IChildEvents.Waits(AttemptOrder order, string? what, DateTimeOffset? until) =>
        Post(new AttemptWaits(order, what, until, Now().Uptime));

    void IChildEvents.Warned(AttemptOrder order, string what) => Post(new AttemptWarned(order, what));

    void IChildEvents.Gone(string child) => Post(new ChildGone(child));

    private sealed record Dropped() : Effect("");
}
