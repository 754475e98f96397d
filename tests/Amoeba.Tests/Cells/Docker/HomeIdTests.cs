using Amoeba.Cells.Docker;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>A daemon knows a home by what no other home has, not by where it lies.</summary>
public sealed class HomeIdTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Home => _folder["home"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("cut short")]
    public void A_home_keeps_its_id_and_all_who_ask_at_once_get_the_same(string? before)
    {
        for (var round = 0; round < 50; round++)
        {
            var home = _folder[$"home{round}"];
            var run = Path.Combine(home, "run");
            if (before is not null) Directory.CreateDirectory(run);
            if (before is not null) File.WriteAllText(Path.Combine(run, "id"), before);
            var ids = AskAtOnce(home);
            Assert.Equal(HomeId.Find(home), Assert.Single(ids.Distinct()));
            Assert.Single(Directory.GetFiles(run));
        }
    }

    [Fact]
    public void To_look_for_it_makes_none()
    {
        Assert.Null(HomeId.Find(Home));
        Assert.Null(ContainerOwner.OfHome(Home));
        Assert.False(Directory.Exists(Home));
    }

    [Fact]
    public void Another_home_at_the_same_place_is_another()
    {
        var first = HomeId.Of(Home);
        Directory.Move(Home, _folder["aside"]);
        Assert.NotEqual(first, HomeId.Of(Home));
        // The first one is still itself, wherever it is seen.
        Assert.Equal(first, HomeId.Find(_folder["aside"]));
    }

    [Fact]
    public void A_copy_of_a_home_is_another()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Folders have numbers that can be asked for on Linux.");
        var first = HomeId.Of(Home);
        Directory.CreateDirectory(Path.Combine(_folder["copy"], "run"));
        File.Copy(Path.Combine(Home, "run", "id"), Path.Combine(_folder["copy"], "run", "id"));
        Assert.NotEqual(first, HomeId.Find(_folder["copy"]));
    }

    [Fact]
    public void One_that_was_cut_short_is_made_anew()
    {
        Directory.CreateDirectory(Path.Combine(Home, "run"));
        File.WriteAllText(Path.Combine(Home, "run", "id"), "");
        Assert.Null(HomeId.Find(Home));
        Assert.Equal(HomeId.Of(Home), HomeId.Find(Home));
    }

    [Fact]
    public void A_container_says_which_home_it_is_of_and_where_that_lies()
    {
        var labels = ContainerOwner.Labels(Home).ToDictionary();
        Assert.Equal(ContainerOwner.OfHome(Home)!.Value, labels[ContainerLabels.Home]);
        Assert.DoesNotContain(Home, labels[ContainerLabels.Home], StringComparison.Ordinal);
        Assert.Equal(Home, labels[ContainerLabels.Folder]);
    }

    private static string[] AskAtOnce(string home)
    {
        var ids = new string[4];
        using var start = new Barrier(ids.Length);
        var threads = Enumerable.Range(0, ids.Length).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            ids[i] = HomeId.Of(home);
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return ids;
    }
}
