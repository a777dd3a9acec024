using StreamForge.Embedded.Threads;

namespace StreamForge.Tests.Engine;

public sealed class EngineThreadsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_is_begun_on_the_threads_goes_on_there_after_every_await()
    {
        using var threads = new EngineThreads("a pipeline", 1);
        var outside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var names = new List<string?>();
        var loop = threads.Run(async () =>
        {
            names.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            names.Add(Thread.CurrentThread.Name);
            await outside.Task;
            names.Add(Thread.CurrentThread.Name);
        });
        outside.SetResult();
        await loop.WaitAsync(Patience);
        Assert.Equal(["a pipeline", "a pipeline", "a pipeline"], names);
    }

    [Fact]
    public async Task A_loop_that_blocks_its_thread_holds_up_no_other()
    {
        using var threads = new EngineThreads("a pipeline", 3);
        using var second = new ManualResetEventSlim();
        using var third = new ManualResetEventSlim();
        var got = false;
        var first = threads.Run(() =>
        {
            got = second.Wait(Patience) && third.Wait(Patience);
            return Task.CompletedTask;
        });
        var others = Task.WhenAll(
            threads.Run(async () =>
            {
                await Task.Yield();
                second.Set();
            }),
            threads.Run(async () =>
            {
                await Task.Yield();
                third.Set();
            }));
        await others.WaitAsync(Patience);
        await first.WaitAsync(Patience);
        Assert.True(got);
    }

    [Fact]
    public async Task No_more_loops_run_at_once_than_there_are_threads()
    {
        using var threads = new EngineThreads("a pipeline", 2);
        int running = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => threads.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                Interlocked.Decrement(ref running);
                await Task.Yield();
            }
        }))).WaitAsync(Patience);
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Threads_end_when_they_are_disposed_of_and_what_comes_later_is_still_done()
    {
        var threads = new EngineThreads("a pipeline", 1);
        Thread? worker = null;
        await threads.Run(() =>
        {
            worker = Thread.CurrentThread;
            return Task.CompletedTask;
        }).WaitAsync(Patience);
        threads.Dispose();
        Assert.True(worker!.Join(Patience));
        Thread? later = null;
        await threads.Run(() =>
        {
            later = Thread.CurrentThread;
            return Task.CompletedTask;
        }).WaitAsync(Patience);
        Assert.NotSame(worker, later);
        Assert.True(later!.Join(Patience));
    }

    [Fact]
    public async Task A_failure_in_a_loop_is_its_tasks()
    {
        using var threads = new EngineThreads("a pipeline", 1);
        var failing = threads.Run(() => throw new InvalidOperationException("no"));
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing.WaitAsync(Patience))).Message);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen;) seen = Volatile.Read(ref most);
    }
}
