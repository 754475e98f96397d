using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>A job whose next child has to wait for its turn says so, and its clock goes on.</summary>
public sealed class TurnWaitTests : IDisposable
{
    private readonly EngineRig _rig = new(lease: new Lease(2, 10, 16, 1L << 30));

    public TurnWaitTests()
    {
        _rig.Submit(Docker("before", 5));
        for (var task = 0; task < 5; task++) _rig.End(task);
        _rig.After(TimeSpan.FromSeconds(10));
        _rig.Submit(Docker("j", 2));
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void It_says_what_it_waits_for_and_until_when()
    {
        var child = Next();
        Assert.Equal((ChildState.Spawning, true), (child.State, child.IsToBeStarted));
        Assert.Equal("its turn to start a container: caps.docker_per_minute is 5", child.WaitsFor);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMinutes(1), child.WaitsUntil);
    }

    [Fact]
    public void The_wait_counts_in_its_time()
    {
        _rig.After(TimeSpan.FromSeconds(50));
        Assert.Equal(2, _rig.Running.Count);
        Assert.DoesNotContain(_rig.Store.ListChildren(), child => child.WaitsFor is not null);
        _rig.End(0);
        _rig.End(1);
        Assert.Equal((JobState.Succeeded, 50), (_rig.Status("j").State, _rig.Status("j").ActiveSeconds));
        Assert.Empty(_rig.Store.ListChildren());
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    public void One_that_is_ended_or_paused_waits_for_nothing(string how)
    {
        Assert.Null(_rig.Ask("j", how));
        Assert.Empty(_rig.Store.ListChildren());
    }

    [Fact]
    public void One_that_goes_on_before_its_turn_waits_again()
    {
        Assert.Null(_rig.Ask("j", "pause"));
        Assert.Null(_rig.Ask("j", "resume"));
        Assert.True(Next().IsToBeStarted);
        _rig.After(TimeSpan.FromSeconds(50));
        Assert.Equal(2, _rig.Running.Count);
    }

    [Fact]
    public void A_parent_that_stops_leaves_no_word_of_it()
    {
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        Assert.Empty(_rig.Store.ListChildren());
        Assert.True(_rig.Core.IsEmpty);
    }

    [Fact]
    public void A_short_wait_is_not_worth_a_word()
    {
        using var rig = new EngineRig(lease: new Lease(2, 10, 16, 1L << 30));
        var job = EngineRig.Job("h", 3, EngineRig.Stage("a", 0, 3));
        rig.Submit(job with { Decision = job.Decision with { Cell = CellKind.Process } });
        Assert.Single(rig.Running);
        Assert.DoesNotContain(rig.Store.ListChildren(), child => child.WaitsFor is not null);
    }

    private ChildRecord Next() => Assert.Single(_rig.Store.ListChildren(), child => child.Job == "j");

    private static JobStart Docker(string id, int tasks)
    {
        var job = EngineRig.Job(id, tasks, EngineRig.Stage("a", 0, tasks));
        return job with { Decision = job.Decision with { Cell = CellKind.Docker } };
    }
}
