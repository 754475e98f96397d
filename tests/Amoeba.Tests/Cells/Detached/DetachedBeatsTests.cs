using Amoeba.Cells.Detached;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Detached;

public sealed class DetachedBeatsTests
{
    /// <summary>
    /// One whose worker took longer than three beats to start was ended in the moment in which it began.
    /// </summary>
    [Fact]
    public void No_beat_is_missed_before_its_worker_began_and_three_are_after()
    {
        using var room = new TempFolder();
        using var time = new ManualTime();
        var beat = TimeSpan.FromSeconds(5);
        var beats = new DetachedBeats(DetachedFolder.Of(room["root"], "j", 0, 1, 0), time, beat, stall: null);
        for (var look = 0; look < 5; look++) Assert.False(Next(isClaimed: false));
        Assert.Equal([false, false, true], [Next(true), Next(true), Next(true)]);

        bool Next(bool isClaimed)
        {
            time.Advance(beat);
            return beats.AreMissed(isClaimed);
        }
    }
}
