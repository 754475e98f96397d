namespace Amoeba.Tests.Processes;

/// <summary>For what only the kernel knows and tells nobody: looks until it is so.</summary>
internal static class Eventually
{
    internal static async Task True(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "It did not become so in 20 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
