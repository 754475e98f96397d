using Amoeba.Cells.Detached;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Detached;

public sealed class DetachedFolderTests : IDisposable
{
    private const int Rounds = 200;
    private const int Writers = 8;

    private readonly TempFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Of_many_who_claim_at_once_one_is_the_first_and_what_it_wrote_stays()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var path = Path.Combine(_home.Path, $"claim-{round}");
            var firsts = new bool[Writers];
            using var start = new Barrier(Writers);
            var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
            {
                start.SignalAndWait();
                firsts[writer] = DetachedFolder.TryWriteFirst(path, [(byte)writer]);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Single(firsts, first => first);
            Assert.Equal([(byte)Array.IndexOf(firsts, true)], File.ReadAllBytes(path));
        }

        Assert.Equal(Rounds, Directory.GetFiles(_home.Path).Length);
    }
}
