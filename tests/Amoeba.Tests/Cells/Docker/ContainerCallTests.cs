using Amoeba.Cells.Docker;

namespace Amoeba.Tests.Cells.Docker;

public sealed class ContainerCallTests
{
    [Fact]
    public void Without_a_word_in_the_plan_it_has_no_network() => Assert.Contains("--network none", Call(new()
    {
        Image = "i",
        Folder = "/f",
        Memory = 1 << 20,
        Processes = 1,
    }), StringComparison.Ordinal);

    [Fact]
    public void With_one_it_has_what_the_client_gives_of_itself_which_is_not_the_same_for_all() =>
        Assert.DoesNotContain("--network", Call(new()
        {
            Image = "i",
            Folder = "/f",
            Memory = 1 << 20,
            Processes = 1,
            Network = true,
        }), StringComparison.Ordinal);

    [Theory]
    [InlineData("/")]
    [InlineData("/opt")]
    [InlineData("/opt/amoeba")]
    [InlineData("/opt/dotnet")]
    [InlineData("/proc/1")]
    [InlineData("/sys")]
    [InlineData("/dev")]
    public void What_a_container_needs_itself_is_no_folder_for_its_tasks(string folder) =>
        Assert.Contains(folder, ContainerCall.WhyNotMounted(folder), StringComparison.Ordinal);

    [Theory]
    [InlineData("/home/ada")]
    [InlineData("/opt/other")]
    [InlineData("/dev/shm/work")]
    [InlineData("/system")]
    public void Any_other_is(string folder) => Assert.Null(ContainerCall.WhyNotMounted(folder));

    private static string Call(ContainerPlace place) => string.Join(' ', ContainerCall.Arguments(
        "n", [], "p", place, new ContainerUser(1, 1), home: null, "image", TimeSpan.FromSeconds(5)));
}
