using System.Runtime.Versioning;
using Amoeba.Cli.Commands;
using Amoeba.Cli.Json;
using Amoeba.Machine;

namespace Amoeba.Tests.Cli;

/// <summary>What `doctor` says of limits follows from what the machine offers, limit by limit.</summary>
[SupportedOSPlatform("linux")]
public sealed class DoctorLimitsTests
{
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public void The_kernel_is_named_where_it_has_a_group_for_it_and_watching_elsewhere(
        bool memory, bool processes, bool cpu)
    {
        var facts = Facts(new CgroupOffer
        {
            Memory = memory ? "/m" : null,
            Processes = processes ? "/p" : null,
            Cpu = cpu ? "/c" : null,
            WhyNot = "mount them",
        });
        Assert.Equal(memory, ByKernel(facts, "memory"));
        Assert.Equal(processes, ByKernel(facts, "processes"));
        Assert.Equal(cpu, ByKernel(facts, "cpu"));
        Assert.Contains("by watching", facts["memory"].Detail, StringComparison.Ordinal);
        Assert.Equal(!cpu, facts["cpu"].Detail.Contains("warned, then ended", StringComparison.Ordinal));

        var groups = facts["cgroups"];
        if (memory || processes || cpu)
        {
            string[] held = [.. Named(memory, "memory"), .. Named(processes, "processes"), .. Named(cpu, "cpu")];
            Assert.Equal(("ok", "v1: " + string.Join(", ", held)), (groups.State, groups.Detail));
        }
        else
        {
            Assert.Equal(("missing", "not used: limits are watched instead", "mount them"),
                (groups.State, groups.Detail, groups.Fix));
        }
    }

    [Theory]
    [InlineData("/g", "v2: memory, the end of a whole tree at once")]
    [InlineData("/u", "v1, killed by v2: memory, the end of a whole tree at once")]
    public void Which_version_ends_a_tree_is_told(string unified, string told) =>
        Assert.Equal(told, Facts(new CgroupOffer { Memory = "/g", Unified = unified })["cgroups"].Detail);

    [Fact]
    public void What_an_old_kernel_lacks_is_told()
    {
        var facts = Facts(new CgroupOffer());
        Assert.Equal(("missing", "Linux 3.4 or later"), (facts["orphans"].State, facts["orphans"].Fix));
        Assert.Equal(("missing", "looked for every 10 ms"), (facts["exits"].State, facts["exits"].Detail));
    }

    private static Dictionary<string, FactJson> Facts(CgroupOffer groups) =>
        DoctorFacts.Limits(new MachineSummary { Kernel = "1", Cgroups = "none", Groups = groups })
            .ToDictionary(fact => fact.Name);

    private static bool ByKernel(Dictionary<string, FactJson> facts, string limit) =>
        facts[limit].Detail.Contains("by the kernel", StringComparison.Ordinal);

    private static string[] Named(bool held, string name) => held ? [name] : [];
}
