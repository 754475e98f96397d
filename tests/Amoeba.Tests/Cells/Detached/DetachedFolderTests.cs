using System.Text.Json;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Detached;

public sealed class DetachedFolderTests : IDisposable
{
    private const int Rounds = 200;
    private const int Writers = 8;

    private readonly TempFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_many_who_claim_at_once_one_is_the_first_and_what_it_wrote_stays(bool withoutLinks)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var path = Path.Combine(_home.Path, $"claim-{round}");
            var firsts = new bool[Writers];
            using var start = new Barrier(Writers);
            var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
            {
                start.SignalAndWait();
                firsts[writer] = withoutLinks
                    ? TryMoveFirst(path, (byte)writer)
                    : DetachedFolder.TryWriteFirst(path, [(byte)writer]);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Single(firsts, first => first);
            Assert.Equal([(byte)Array.IndexOf(firsts, true)], File.ReadAllBytes(path));
        }

        Assert.Equal(Rounds, Directory.GetFiles(_home.Path).Length);
    }

    [Fact]
    public void Where_there_is_no_way_to_be_the_first_it_says_so()
    {
        var path = Path.Combine(_home.Path, "nowhere", "claim");
        var problem = Assert.Throws<IOException>(() => DetachedFolder.TryMoveFirst(path + ".1", path));
        Assert.StartsWith(
            $"{path} cannot be made by whoever is first: No such file or directory.", problem.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_reads_a_status_while_it_is_written_sees_a_whole_one()
    {
        var folder = Folder();
        Write(0);
        var writer = new Thread(() =>
        {
            for (var round = 1; round <= Rounds * 5; round++) Write(round);
        });
        writer.Start();
        var seen = 0L;
        while (writer.IsAlive)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(folder.Status));
            var progress = json.RootElement.GetProperty("progress").GetInt64();
            Assert.InRange(progress, seen, Rounds * 5);
            Assert.Equal(progress, json.RootElement.GetProperty("error").GetString()!.Length);
            seen = progress;
        }

        void Write(int round) => new DetachedStatus("running", "job/each/1", round, DateTimeOffset.UnixEpoch, null)
        {
            Error = new string('e', round),
        }.Write(folder);
    }

    [Fact]
    public void A_claim_that_is_cut_anywhere_speaks_for_no_process()
    {
        var folder = Folder();
        Assert.True(DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch).TryMake(folder));
        var whole = File.ReadAllBytes(folder.Claim);
        Assert.True(DetachedClaim.Read(folder)!.IsAlive);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.Claim, whole[..length]);
            var claim = DetachedClaim.Read(folder)!;
            Assert.False(claim.IsAlive);
            Assert.False(claim.TreeOf(folder).Root?.IsAlive() == true);
        }
    }

    [Fact]
    public void A_result_that_is_cut_anywhere_is_none()
    {
        var folder = Folder();
        new DetachedResult(new ToolOutcome(AttemptEnd.Failed, "exit 3"), 7, default, null).Write(folder);
        var whole = File.ReadAllBytes(folder.Result);
        Assert.Equal((AttemptEnd.Failed, 7L),
            (DetachedResult.Read(folder)!.Outcome.End, DetachedResult.Read(folder)!.OutputBytes));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.Result, whole[..length]);
            Assert.Throws<InvalidDataException>(() => DetachedResult.Read(folder));
        }
    }

    private static bool TryMoveFirst(string path, byte content)
    {
        var beside = $"{path}.{content}";
        File.WriteAllBytes(beside, [content]);
        var isFirst = DetachedFolder.TryMoveFirst(beside, path);
        File.Delete(beside);
        return isFirst;
    }

    private DetachedFolder Folder()
    {
        var folder = DetachedFolder.Of(_home.Path, "job", 0, 1, 0);
        folder.Make();
        return folder;
    }
}
