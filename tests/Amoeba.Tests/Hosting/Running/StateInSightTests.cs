using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Running;

/// <summary>Where Amoeba's state lies, as seen from the folder that a container is given.</summary>
public sealed class StateInSightTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("work", "home", null)]
    [InlineData("work", "work-home", null)]
    [InlineData("work", "work/..home", "work/..home")]
    [InlineData("work", "work/deep/home", "work/deep/home")]
    [InlineData("work/deep", "work", null)]
    [InlineData("link", "work/home", "link/home")] // the folder as it is written, which is where it is mounted
    [InlineData("work", "link/home", "work/home")]
    [InlineData("work", "away/deeper", "work/deep/deeper")]
    public void It_lies_in_the_folder_or_not_whatever_links_lead_there(string folder, string state, string? seen)
    {
        Make();
        Assert.Equal(seen is null ? null : _folder[seen], StateInSight.In(_folder[folder], _folder[state]));
    }

    [Theory]
    [InlineData("work", true)]
    [InlineData("link", true)]
    [InlineData("work/outputs", true)]
    [InlineData("work/run/detached", true)]
    [InlineData("work/spool/x", true)]
    [InlineData("work/logs", true)]
    [InlineData("work/deep", false)] // somebody's own, that happens to lie in the home
    [InlineData("", false)]
    public void The_state_itself_is_no_folder_for_a_job(string folder, bool refused)
    {
        Make();
        var words = StateInSight.WhyNot(_folder[folder], new HomeFolder(_folder["work"]));
        Assert.Equal(refused, words is not null);
        if (refused) Assert.Contains("where Amoeba keeps its own state", words, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_are_taken_as_they_are_written()
    {
        File.CreateSymbolicLink(_folder["a"], _folder["b"]);
        File.CreateSymbolicLink(_folder["b"], _folder["a"]);
        Assert.Equal(_folder["a/home"], StateInSight.In(_folder.Path, _folder["a/home"]));
    }

    private void Make()
    {
        Directory.CreateDirectory(_folder["work/deep"]);
        File.CreateSymbolicLink(_folder["link"], _folder["work"]);
        File.CreateSymbolicLink(_folder["away"], _folder["work/deep"]);
    }
}
