using Amoeba.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Scheduling;

public sealed class QuotaProperties
{
    private const long Requests = 20;
    private const long Tokens = 1000;

    private static readonly QuotaSpec Limits = new(null, Requests, Tokens);

    /// <summary>
    /// Calls: milliseconds to the one before, estimate, what it really takes in per cent
    /// of that, its way to the server.
    /// </summary>
    private static readonly Gen<(int Pause, int Estimate, int Used, int Way)[]> Calls =
        (from pause in Gen.Frequency((3, Gen.Choose(0, 50)), (1, Gen.Choose(0, 9_000)))
         from estimate in Gen.Choose(1, 120)
         from used in Gen.Choose(0, 100)
         from way in Gen.Choose(0, 999)
         select (pause, estimate, used, way)).ArrayOf(250);

    [Fact]
    public void No_server_that_counts_minutes_sees_more_than_the_quota_however_late_calls_arrive() =>
        Holds(Calls, calls =>
    {
        var state = new QuotaState();
        var arrivals = new List<(long At, long Tokens)>();
        long now = 0;
        foreach (var (pause, estimate, used, way) in calls)
        {
            now += pause * 1000L;
            now = Math.Max(now, state.Turn(now, estimate, Limits, 0, "j").At);
            var took = estimate * used / 100;
            state.Take(now, estimate, "j", Limits);
            state.Settle(now, now, estimate, took);
            arrivals.Add((now + way * 1000L, took));
        }

        var server = StrictestServer.Of(Requests, Tokens);
        Assert.All(arrivals.OrderBy(call => call.At), call => Assert.Null(server.Take(call.At, call.Tokens)));
    });

    [Fact]
    public void A_turn_is_neither_early_nor_late() => Holds(Calls, calls =>
    {
        var state = new QuotaState();
        long now = 0;
        foreach (var (pause, estimate, used, way) in calls)
        {
            now += pause * 1000L;
            if (used > 97)
                state.Refuse(
                    new QuotaRefusal { Now = now, Granted = now, RetryAfter = way * 10_000L, Limits = Limits });
            var turn = state.Turn(now, estimate, Limits, 0, "j");
            if (turn.At > now)
            {
                Assert.NotEqual(QuotaReason.Nothing, turn.Why);
                Assert.True(state.Clone().Turn(turn.At - 1, estimate, Limits, 0, "j").At > turn.At - 1);
                Assert.Equal(turn.At, state.Clone().Turn(turn.At, estimate, Limits, 0, "j").At);
                continue;
            }

            state.Take(now, estimate, "j", Limits);
        }
    });

    [Fact]
    public void Nothing_is_left_in_the_window_when_every_call_is_a_minute_old() => Holds(Calls, calls =>
    {
        var state = new QuotaState();
        long now = 0;
        foreach (var (pause, estimate, used, _) in calls)
        {
            now += pause * 1000L;
            state.Turn(now, estimate, Limits, 0, "j");
            state.Take(now, estimate, "j", Limits);
            if (used > 20)
                state.Settle(now + pause, now, estimate, used > 90 ? null : estimate * used / 50);
        }

        state.Turn(now + QuotaTiming.Minute + QuotaTiming.Margin + QuotaTiming.Slot, 1, Limits, 0, "j");
        Assert.Equal((0L, 0L), (state.Requests, state.Tokens));
    });

    [Fact]
    public void What_is_written_reads_as_it_was() => Holds(Calls, calls =>
    {
        var state = new QuotaState();
        long now = 0;
        foreach (var (pause, estimate, used, way) in calls)
        {
            now += pause * 1000L;
            state.Take(now, estimate, "j" + way % 3, Limits);
            if (used < 5)
                state.Refuse(new QuotaRefusal { Now = now, Granted = now - way, Reserved = estimate, Limits = Limits });
            state.GoTo(now, Limits);
        }

        var copy = QuotaState.Read(state.Write());
        Assert.Equal(state.Write(), copy.Write());
        Assert.Equal(state.Turn(now, 10, Limits, 0, "j"), copy.Turn(now, 10, Limits, 0, "j"));
        Assert.True(state.Write().Length < 4096);
    });

    [Fact]
    public void What_was_reserved_too_much_comes_back_at_once_and_what_was_too_little_is_owed()
    {
        var state = new QuotaState();
        state.Take(0, 900, "j", Limits);
        Assert.True(state.Turn(0, 200, Limits, 1, "j").At > 0);
        state.Settle(1000, 0, 900, 300);
        Assert.Equal(1000, state.Turn(1000, 700, Limits, 0, "j").At);
        state.Take(1000, 10, "j", Limits);
        state.Settle(2000, 1000, 10, 690);
        Assert.True(state.Turn(2000, 20, Limits, 0, "j").At > 60 * QuotaTiming.Second);
    }

    private static void Holds<T>(Gen<T> cases, Action<T> holds) =>
        Prop.ForAll(cases.ToArbitrary(), holds).QuickCheckThrowOnFailure();
}
