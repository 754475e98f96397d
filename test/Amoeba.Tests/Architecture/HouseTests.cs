namespace Amoeba.Tests.Architecture;

public sealed class HouseTests
{
    [Fact]
    public void The_runtime_is_the_one_we_build_for() => Assert.Equal(10, Environment.Version.Major);
}
