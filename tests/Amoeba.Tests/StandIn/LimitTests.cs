using System.Net;
using Amoeba.StandIn;
using Amoeba.StandIn.Limiting;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.StandIn;

public sealed class LimitTests
{
    [Theory]
    [InlineData(WindowKind.Fixed, 30)]
    [InlineData(WindowKind.Sliding, 60)]
    [InlineData(WindowKind.Bucket, 6)]
    public void A_window_lets_its_limit_pass_and_says_when_more_fits(WindowKind kind, double wait)
    {
        var admission = new Admission(new Limits { Requests = 10, Window = kind });
        for (var i = 0; i < 10; i++) Assert.Null(admission.Enter(1, 30).Over);
        var over = admission.Enter(1, 30);
        Assert.Equal("requests per minute", over.Over);
        Assert.Equal(wait, over.Wait.TotalSeconds, 6);
        Assert.NotNull(admission.Enter(1, 30 + wait - 0.01).Over);
        Assert.Null(admission.Enter(1, 30 + wait).Over);
    }

    [Fact]
    public void Tokens_are_limited_and_one_too_large_never_passes()
    {
        var admission = new Admission(new Limits { Tokens = 100, Window = WindowKind.Sliding });
        Assert.Null(admission.Enter(60, 0).Over);
        Assert.Null(admission.Enter(30, 10).Over);
        Assert.Equal(("tokens per minute", 50.0),
            (admission.Enter(50, 10).Over, admission.Enter(50, 10).Wait.TotalSeconds));
        Assert.NotNull(admission.Enter(101, 500).Over);
        Assert.Equal(100, admission.Enter(0, 500).Levels.Tokens?.Remaining);
    }

    [Fact]
    public void A_bucket_refills_evenly()
    {
        var admission = new Admission(new Limits { Tokens = 600, Window = WindowKind.Bucket });
        Assert.Equal(0, admission.Enter(600, 0).Levels.Tokens?.Remaining);
        Assert.Equal(20, admission.Enter(200, 0).Wait.TotalSeconds);
        Assert.Equal(100, admission.Enter(200, 30).Levels.Tokens?.Remaining);
    }

    [Fact]
    public void Calls_at_the_same_time_are_limited()
    {
        var admission = new Admission(new Limits { Concurrency = 2 });
        Assert.Null(admission.Enter(1, 0).Over);
        Assert.Null(admission.Enter(1, 0).Over);
        Assert.Equal("concurrent requests", admission.Enter(1, 0).Over);
        admission.Leave();
        Assert.Null(admission.Enter(1, 0).Over);
    }

    [Theory]
    [InlineData("chat", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")]
    [InlineData("anthropic", "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset")]
    public async Task Limits_are_told_in_the_vendors_headers(
        string dialect, string limit, string remaining, string reset)
    {
        using var time = new ManualTime();
        await using var caller = await LimitedAsync(new Limits { Requests = 2 }, time);
        using var passed = await caller.PostAsync(dialect, "x");
        Assert.Equal(("2", "1"), (Header(passed, limit), Header(passed, remaining)));
        Assert.Equal(dialect == "chat" ? "1m0s" : "2030-01-01T00:01:00Z", Header(passed, reset));
        using var second = await caller.PostAsync(dialect, "x");
        using var over = await caller.PostAsync(dialect, "x");
        Assert.Equal((HttpStatusCode.TooManyRequests, "0"), (over.StatusCode, Header(over, remaining)));
        Assert.Contains("rate_limit", await over.Content.ReadAsStringAsync(Caller.Cancel), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(60));
        using var again = await caller.PostAsync(dialect, "x");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(2, caller.Server.Stats.MostRequestsAMinute);
        Assert.Equal(3, caller.Server.Stats.Admitted);
    }

    [Theory]
    [InlineData(RetryAs.Seconds, "Retry-After", "60")]
    [InlineData(RetryAs.Date, "Retry-After", "Tue, 01 Jan 2030 00:01:00 GMT")]
    [InlineData(RetryAs.Ms, "retry-after-ms", "60000")]
    [InlineData(RetryAs.None, "Retry-After", null)]
    public async Task Retry_after_is_told_in_any_of_its_ways(RetryAs way, string header, string? told)
    {
        using var time = new ManualTime();
        await using var caller = await LimitedAsync(new Limits { Tokens = 10, RetryAs = way }, time);
        using var passed = await caller.PostAsync("chat", "20 bytes are 10 here");
        using var over = await caller.PostAsync("chat", "x");
        Assert.Equal((HttpStatusCode.TooManyRequests, told), (over.StatusCode, Header(over, header)));
    }

    [Fact]
    public async Task Each_model_can_have_the_limits_for_itself()
    {
        await using var caller = await LimitedAsync(new Limits { Requests = 1, PerModel = true }, TimeProvider.System);
        var other = Caller.Ask("chat", "x", false);
        other["model"] = "other";
        Assert.Equal(HttpStatusCode.OK, (await caller.PostAsync("chat", "x")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await caller.PostAsync("chat", other)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await caller.PostAsync("chat", other)).StatusCode);
    }

    [Fact]
    public async Task A_call_takes_the_first_token_and_each_further_one()
    {
        using var time = new ManualTime();
        var latency = new Latency { First = Delay.Fixed(2), Token = Delay.Fixed(0.5) };
        await using var caller =
            await Caller.StartAsync(new Script { Latency = latency }, new ModelServerOptions { Time = time });
        var call = caller.SayAsync("chat", "12345678");
        await time.TimerSetAsync();
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(call.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("12345678", (await call).Text);
        var stream = caller.PostAsync("chat", "12345678", stream: true);
        await time.TimerSetAsync();
        time.Advance(TimeSpan.FromSeconds(2));
        await time.TimerSetAsync();
        using var response = await stream;
        time.Advance(TimeSpan.FromSeconds(0.5));
        await time.TimerSetAsync();
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.EndsWith("[DONE]\n\n", await response.Content.ReadAsStringAsync(Caller.Cancel),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Delays_follow_from_the_seed_and_have_the_asked_shape()
    {
        var normal = Sample(Delay.LogNormal(0.3, 0.5));
        Assert.Equal(normal, Sample(Delay.LogNormal(0.3, 0.5)));
        Assert.InRange(normal.Order().ElementAt(normal.Length / 2), 0.28, 0.32);
        Assert.InRange(normal.Count(one => one > 0.3 * 2.28) / (double)normal.Length, 0.03, 0.07);
        Assert.All(Sample(Delay.Uniform(1, 2)), one => Assert.InRange(one, 1, 2));
        Assert.All(Sample(Delay.LogNormal(0.3, 0.5, most: 1)), one => Assert.InRange(one, 0, 1));

        static double[] Sample(Delay delay)
        {
            var chance = new Amoeba.StandIn.Answering.Chance(7);
            return [.. Enumerable.Range(0, 2000).Select(_ => delay.Sample(chance))];
        }
    }

    private static Task<Caller> LimitedAsync(Limits limits, TimeProvider time) =>
        Caller.StartAsync(new Script { Limits = limits }, new ModelServerOptions { Time = time });

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
