using System.Diagnostics;
using StreamForge.Tests.Clickstream;

namespace StreamForge.Tests.Engine;

/// <summary>Waits for what another thread is going to do.</summary>
internal static class Soon
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Until <paramref name="condition"/> holds, or <paramref name="running"/> ends by failing; <paramref name="clock"/>, if any, goes on meanwhile by <paramref name="step"/>.</summary>
    public static async Task ComesAsync(Func<bool> condition, Task running, ManualClock? clock = null, TimeSpan step = default)
    {
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (running.IsCompleted) await running;
            if (running.IsCompleted && !condition()) Assert.Fail("the engine ended before it came to that");
            if (Stopwatch.GetElapsedTime(since) > Patience) Assert.Fail("it never came to that");
            clock?.Move(step);
            await Task.Delay(1);
        }
    }
}
