using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Amoeba.Tests.Fakes;

/// <summary>
/// A decorator generated from any port's interface, so that no call is forgotten: it counts the calls and lets a test
/// step in before and after each. What the test throws comes out of the call as if the port had thrown it.
/// </summary>
internal static class FaultProxy
{
    /// <param name="inner">Does the work.</param>
    /// <param name="before">Called with the method and the number of the call, from 1, before the work is done.</param>
    /// <param name="after">As before, after the work was done and before the caller hears of it.</param>
    public static T Wrap<T>(T inner, Action<MethodInfo, int>? before = null, Action<MethodInfo, int>? after = null)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, FaultDispatch<T>>();
        ((FaultDispatch<T>)(object)proxy).Begin(inner, before, after);
        return proxy;
    }
}

/// <summary>The generated class derives from this one.</summary>
public class FaultDispatch<T> : DispatchProxy
    where T : class
{
    private T? _inner;
    private Action<MethodInfo, int>? _before;
    private Action<MethodInfo, int>? _after;
    private int _calls;

    public void Begin(T inner, Action<MethodInfo, int>? before, Action<MethodInfo, int>? after) =>
        (_inner, _before, _after) = (inner, before, after);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var call = Interlocked.Increment(ref _calls);
        _before?.Invoke(targetMethod!, call);
        object? result;
        try
        {
            result = targetMethod!.Invoke(_inner, args);
        }
        catch (TargetInvocationException thrown) when (thrown.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(thrown.InnerException);
            throw;
        }

        _after?.Invoke(targetMethod, call);
        return result;
    }
}
