namespace Amoeba.Tests.Processes;

/// <summary>For what only the kernel knows and tells nobody: looks until it is so.</summary>
internal static class Eventually
{
    internal static Task True(Func<bool> condition) => True(condition, Programs.Patience);

    internal static async Task True(Func<bool> condition, TimeSpan patience)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < patience,
                $"It did not become so in {patience.TotalSeconds} s.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
