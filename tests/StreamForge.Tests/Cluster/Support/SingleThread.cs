using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>Runs a test as a grain runs: one continuation at a time, in the order in which they became ready, so that a run depends on nothing but its seed.</summary>
internal static class SingleThread
{
    /// <summary>More turns than any test needs.</summary>
    private const int MostTurns = 2_000_000;

    /// <param name="state">What to say when it does not end.</param>
    public static void Run(Func<Task> test, Func<string>? state = null)
    {
        var turns = 0;
        var before = SynchronizationContext.Current;
        var queue = new ConcurrentQueue<(SendOrPostCallback Callback, object? State)>();
        SynchronizationContext.SetSynchronizationContext(new Context(queue));
        try
        {
            var task = test();
            while (!task.IsCompleted)
            {
                // Everything is on this thread, so that a test with nothing to do will never have anything to do.
                if (!queue.TryDequeue(out var next)) throw new InvalidOperationException($"It stands still: {state?.Invoke()}");
                next.Callback(next.State);
                if (++turns > MostTurns) throw new InvalidOperationException($"It does not end: {state?.Invoke()}");
            }
            if (task.Exception is { InnerException: { } failure }) ExceptionDispatchInfo.Throw(failure);
            Assert.True(task.IsCompletedSuccessfully);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class Context(ConcurrentQueue<(SendOrPostCallback, object?)> queue) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => queue.Enqueue((d, state));

        public override SynchronizationContext CreateCopy() => this;
    }
}
