using Amoeba.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Scheduling;

public sealed class ZonesTests
{
    private static readonly ZoneOptions Options = new();

    private static Arbitrary<(int Cpu, int Ram)[]> Loads { get; } =
        (from cpu in Gen.Choose(0, 100) from ram in Gen.Choose(0, 100) select (cpu, ram)).ArrayOf().ToArbitrary();

    [Theory]
    [InlineData(0, 0, "safe")]
    [InlineData(59.9, 69.9, "safe")]
    [InlineData(60, 0, "warning")]
    [InlineData(0, 70, "warning")]
    [InlineData(80, 85, "warning")]
    [InlineData(80.1, 0, "danger")]
    [InlineData(0, 85.1, "danger")]
    public void A_machine_that_was_safe_enters_a_zone_at_its_threshold(double cpu, double ram, string zone) =>
        Assert.Equal(zone, Zones.Name(new Zones(Options).Read(cpu, ram)));

    [Fact]
    public void A_zone_is_left_only_clearly_below_where_it_begins()
    {
        var zones = new Zones(Options);
        Assert.Equal(Zone.Danger, zones.Read(90, 0));
        Assert.Equal(Zone.Danger, zones.Read(76, 0));
        Assert.Equal(Zone.Warning, zones.Read(75, 0));
        Assert.Equal(Zone.Warning, zones.Read(55, 0));
        Assert.Equal(Zone.Safe, zones.Read(54, 0));
    }

    [Fact]
    public void A_fall_can_skip_a_zone()
    {
        var zones = new Zones(Options);
        zones.Read(99, 99);

        Assert.Equal(Zone.Safe, zones.Read(5, 5));
    }

    [Fact]
    public void A_load_that_stays_within_the_band_changes_the_zone_once_at_most() =>
        Prop.ForAll(Gen.Choose(551, 600).ArrayOf().ToArbitrary(), readings =>
        {
            var zones = new Zones(Options);
            var seen = readings.Select(reading => zones.Read(reading / 10.0, 0)).ToList();
            Assert.True(seen.Prepend(Zone.Safe).Zip(seen).Count(pair => pair.First != pair.Second) <= 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_zone_is_never_below_what_the_load_alone_says_nor_above_it_by_more_than_the_band() =>
        Prop.ForAll(Loads, loads =>
        {
            var zones = new Zones(Options);
            foreach (var (cpu, ram) in loads)
            {
                var zone = zones.Read(cpu, ram);
                Assert.True(zone >= Zones.Next(Options, Zone.Safe, cpu, ram));
                Assert.True(zone <= Zones.Next(Options, Zone.Safe, cpu + Options.Band, ram + Options.Band));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_load_again_changes_nothing() =>
        Prop.ForAll(Loads, loads =>
        {
            var zones = new Zones(Options);
            Assert.All(loads, load => Assert.Equal(zones.Read(load.Cpu, load.Ram), zones.Read(load.Cpu, load.Ram)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Zones_can_be_turned_off() =>
        Assert.Equal(Zone.Off, new Zones(new ZoneOptions(Off: true)).Read(100, 100));

    [Fact]
    public void A_zone_leaves_a_share_of_the_width() =>
        Assert.Equal([1, 1, 0.4, 0], Enum.GetValues<Zone>().Select(Zones.Share));
}
