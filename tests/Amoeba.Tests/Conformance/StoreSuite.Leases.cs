using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Conformance;

/// <summary>The caps that all parents of a store share.</summary>
public abstract partial class StoreSuite
{
    private static readonly Lease SharedCaps = new(256, 10, 1, 1000);

    private Lease AskMemory(string parent, long wanted, long used, long least, long started = 0, int seconds = 0) =>
        Store.UpdateLease(
            parent, new LeaseWant(new(0, 0, 0, wanted), new(0, 0, 0, used), new(0, 0, 0, least), started), SharedCaps,
            Rows.Noon.AddSeconds(seconds));

    [Fact]
    public void Caps_are_shared_evenly_and_never_exceeded()
    {
        Store.AddParent(Rows.Parent("a"));
        Store.AddParent(Rows.Parent("b"));
        Lease Ask(string parent, int heavy, int used) => Store.UpdateLease(
            parent, new LeaseWant(new Lease(0, heavy, 0, 0), new Lease(0, used, 0, 0)), SharedCaps, Rows.Noon);

        Assert.Equal(10, Ask("a", 20, 0).Heavy); // alone it gets all there is
        Assert.Equal(0, Ask("b", 20, 0).Heavy); // which it has until it is asked again
        Assert.Equal(5, Ask("a", 20, 7).Heavy); // its share, though what it uses stays held
        Assert.Equal(3, Ask("b", 20, 0).Heavy);
        Assert.Equal(5, Ask("a", 20, 2).Heavy);
        Assert.Equal(5, Ask("b", 20, 3).Heavy);
        Assert.Equal(2, Ask("a", 2, 0).Heavy); // who wants less leaves the rest
        Assert.Equal(8, Ask("b", 20, 5).Heavy);
        Store.RemoveParent("b");
        Assert.Equal(10, Ask("a", 20, 0).Heavy); // the dead hold nothing
        Assert.Equal(default, Ask("b", 20, 0));
    }

    [Fact]
    public void Two_that_need_more_than_half_take_turns()
    {
        Store.AddParent(Rows.Parent("a"));
        Store.AddParent(Rows.Parent("b"));
        Assert.Equal(1000, AskMemory("a", 1000, 0, 600).Memory);
        Assert.Equal(0, AskMemory("b", 1000, 0, 600).Memory); // not half: that would be of use to neither
        Assert.Equal(1000, AskMemory("a", 1000, 0, 600).Memory);
        Assert.Equal(0, AskMemory("a", 1000, 600, 600, started: 1).Memory); // had its turn, and another waits
        Assert.Equal(0, AskMemory("b", 1000, 0, 600).Memory); // what runs is not taken away
        Assert.Equal(0, AskMemory("a", 1000, 0, 600, started: 1).Memory);
        Assert.Equal(1000, AskMemory("b", 1000, 0, 600).Memory);
        Assert.Equal(0, AskMemory("b", 1000, 600, 600, started: 1).Memory);
        Assert.Equal(0, AskMemory("b", 1000, 0, 600, started: 1).Memory);
        Assert.Equal(1000, AskMemory("a", 1000, 0, 600, started: 1).Memory);
    }

    [Fact]
    public void Of_one_slot_for_programs_nobody_gets_it_twice_while_another_waits()
    {
        string[] parents = ["a", "b", "c"];
        var started = parents.ToDictionary(parent => parent, _ => 0);
        foreach (var parent in parents)
            Store.AddParent(Rows.Parent(parent));
        Lease Ask(string parent, int used) => Store.UpdateLease(
            parent, new LeaseWant(new(4, 0, 4, 0), new(0, 0, used, 0), new(1, 0, 1, 0), started[parent]), SharedCaps,
            Rows.Noon);
        var order = "";
        for (var round = 0; round < 30; round++)
        {
            foreach (var parent in parents)
            {
                if (Ask(parent, 0).Programs == 0)
                    continue;
                started[parent]++;
                order += parent;
                Ask(parent, 1);
                Ask(parent, 0);
            }
        }

        Assert.StartsWith("abcabcabcabc", order, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_kept_free_for_one_that_is_not_heard_of_but_what_it_holds_it_keeps()
    {
        foreach (var parent in (string[])["a", "b", "c"])
            Store.AddParent(Rows.Parent(parent));
        AskMemory("a", 500, 500, 0);
        Assert.Equal(0, AskMemory("b", 600, 0, 600, seconds: 1).Memory); // the next, as soon as 600 are free
        Assert.Equal(0, AskMemory("c", 450, 0, 450, seconds: 4).Memory);
        Assert.Equal(450, AskMemory("c", 450, 0, 450, seconds: 20).Memory);
        Assert.Equal(0, AskMemory("c", 600, 0, 600, seconds: 20).Memory); // of what the first holds nothing is taken
    }

    [Fact]
    public void The_line_outlives_a_parent_that_dies_in_it()
    {
        foreach (var parent in (string[])["a", "b", "c"])
            Store.AddParent(Rows.Parent(parent));
        AskMemory("a", 1000, 600, 600);
        AskMemory("b", 600, 0, 600);
        AskMemory("c", 600, 0, 600);
        Store.RemoveParent("a");
        Assert.Equal(0, AskMemory("c", 600, 0, 600).Memory); // the second waits longer
        Assert.Equal(600, AskMemory("b", 600, 0, 600).Memory);
        Store.RemoveParent("b");
        Assert.Equal(600, AskMemory("c", 600, 0, 600).Memory);
    }
}
