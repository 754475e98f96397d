namespace Amoeba.Tests.Conformance;

/// <summary>What a shell waits for that is put into a control group while it runs.</summary>
internal static class InGroup
{
    /// <summary>
    /// Until what it starts is counted against its limit of memory. It comes into one hierarchy after the other, so
    /// that the others say nothing of this one; where memory has none of its own it is the one of version 2.
    /// </summary>
    public const string Memory = "until grep -q '[:,]memory[:,].*amoeba-.*[.]t[0-9]' /proc/self/cgroup || "
        + "{ ! grep -q '[:,]memory[:,]' /proc/self/cgroup && grep -q '^0::.*amoeba-.*[.]t[0-9]' /proc/self/cgroup; }; "
        + "do sleep 0.05; done; ";
}
