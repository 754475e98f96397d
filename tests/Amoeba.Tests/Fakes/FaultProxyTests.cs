using System.Reflection;
using Amoeba.Engine.Ports;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Fakes;

public sealed class FaultProxyTests
{
    [Fact]
    public void Every_call_of_the_interface_and_of_those_it_extends_is_counted()
    {
        var calls = new List<(string, int)>();
        var store = FaultProxy.Wrap<IStore>(new MemoryStore(), (method, k) => calls.Add((method.Name, k)));
        store.Make("j");
        store.Rev();
        _ = store.IsDurable;
        store.Dispose();
        Assert.Equal([("Commit", 1), ("Rev", 2), ("get_IsDurable", 3), ("Dispose", 4)], calls);
    }

    [Fact]
    public void A_fault_before_a_call_keeps_it_from_happening_and_one_after_does_not()
    {
        using var inner = new MemoryStore();
        static Action<MethodInfo, int> At(int call) => (_, k) =>
        {
            if (k == call)
                throw new IOException("pulled the plug");
        };
        var before = FaultProxy.Wrap<IStore>(inner, before: At(1));
        Assert.Throws<IOException>(() => before.Make("early"));
        Assert.Null(inner.FindJob("early"));
        var after = FaultProxy.Wrap<IStore>(inner, after: At(1));
        Assert.Throws<IOException>(() => after.Make("late"));
        Assert.NotNull(inner.FindJob("late"));
    }

    [Fact]
    public void What_the_port_itself_throws_comes_out_unwrapped()
    {
        var store = FaultProxy.Wrap<IStore>(new MemoryStore());
        Assert.Throws<InvalidOperationException>(() =>
            store.Commit([], [Rows.Task("j", 0, Amoeba.Jobs.TaskState.Running, 1)]));
    }
}
