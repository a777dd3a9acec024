using System.Collections.Concurrent;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Loading, flushing, and what a flush's number promises.</summary>
public class StateBatcherTests
{
    [Fact]
    public async Task When_a_number_is_completed_what_was_answered_with_it_is_in_storage_whatever_runs_meanwhile()
    {
        const int keys = 40, threads = 4, rounds = 1500;
        var random = new Random(3);
        var storage = new TestKeyStorage
        {
            NextWrite = () => random.Next(10) switch { 0 => TestKeyStorage.Fault.Before, 1 => TestKeyStorage.Fault.After, 2 => TestKeyStorage.Fault.Late, _ => TestKeyStorage.Fault.None },
        };
        // One flush after another, in small transactions, so that every order of marking and flushing comes up.
        await using var view = new CountingView(storage, options: CountingView.Quick with { FlushInterval = TimeSpan.Zero, ChunkKeys = 7 });
        var cells = await Task.WhenAll(Enumerable.Range(0, keys).Select(k => view.LoadAsync(k)));
        var wrong = new ConcurrentBag<string>();
        var checks = 0;
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
        {
            var picks = new Random(thread);
            var open = new Queue<(int Key, long Next, long Flush)>();
            var next = new long[keys];
            for (var round = 0; round < rounds || open.Count > 0; round++)
            {
                // Each thread is a partition.
                if (round < rounds)
                {
                    var key = picks.Next(keys);
                    var answer = cells[key].Apply(CountingView.Slice(key, next[key], [next[key]], thread));
                    if (answer.IsBehind || answer.Flush == 0) wrong.Add($"key {key} answered {answer}");
                    open.Enqueue((key, ++next[key], answer.Flush));
                    // Asked again, with nothing new, it promises what is not written yet.
                    var again = cells[key].Apply(CountingView.Slice(key, 0, [next[key] - 1], thread));
                    if (again.Flush != 0) open.Enqueue((key, next[key], again.Flush));
                    else if (view.StoredNext(key, thread) < next[key]) wrong.Add($"key {key} says that all is written");
                }
                var completed = view.Batcher.Status.Completed;
                while (open.TryPeek(out var oldest) && oldest.Flush <= completed)
                {
                    open.Dequeue();
                    Interlocked.Increment(ref checks);
                    if (view.StoredNext(oldest.Key, thread) < oldest.Next) wrong.Add($"flush {oldest.Flush} is completed, and key {oldest.Key} stands at {view.StoredNext(oldest.Key, thread)} instead of {oldest.Next}");
                }
                if (round >= rounds) Thread.Yield();
            }
        })));
        Assert.Empty(wrong);
        Assert.True(checks >= threads * rounds);
        Assert.Equal((0, 0), (view.Batcher.LostKeys, view.Batcher.Status.LastLoss));
    }

    [Fact]
    public async Task A_key_that_another_activation_has_written_is_lost_and_refuses_everything_after()
    {
        var storage = new TestKeyStorage();
        await using var one = new CountingView(storage, "one");
        await using var other = new CountingView(storage, "other");
        var here = await one.LoadAsync(1);
        var there = await other.LoadAsync(1);
        var mine = await one.LoadAsync(2);
        var before = here.Apply(CountingView.Slice(1, 0, [5]));
        mine.Apply(CountingView.Slice(2, 0, [6]));
        there.Apply(CountingView.Slice(1, 0, [5, 7]));
        Assert.Equal(0, (await other.Batcher.FlushAsync(CancellationToken.None)).LastLoss);

        var status = await one.Batcher.FlushAsync(CancellationToken.None);
        Assert.True(status.LastLoss >= before.Flush);
        Assert.True(status.Completed >= before.Flush);
        Assert.False(here.IsActive);
        Assert.True(Assert.Throws<StreamForgeException>(() => here.Apply(CountingView.Slice(1, 0, [9]))).Retryable);
        Assert.True(Assert.Throws<StreamForgeException>(() => here.Read()).Retryable);
        Assert.True(Assert.Throws<StreamForgeException>(() => here.Close(default)).Retryable);
        // The others go on, with numbers that the loss does not concern; and the key's next activation has what the other wrote.
        Assert.Equal(7, one.StoredNext(2));
        Assert.True(mine.Apply(CountingView.Slice(2, 0, [8])).Flush > status.LastLoss);
        await one.Batcher.ReleaseAsync(here, CancellationToken.None);
        var loaded = await one.LoadAsync(1);
        Assert.False(loaded.Apply(CountingView.Slice(1, 8, [9])).IsBehind);
        Assert.True((await one.Batcher.FlushAsync(CancellationToken.None)).Completed > status.LastLoss);
        Assert.Equal(10, one.StoredNext(1));
    }

    [Theory]
    [InlineData("Before", "Before")]
    [InlineData("After", "None")]
    [InlineData("Late", "None")]
    [InlineData("Late", "Before")]
    [InlineData("Late", "After")]
    [InlineData("Before", "After")]
    public async Task A_write_whose_outcome_is_unknown_happens_once(string first, string second)
    {
        var faults = new Queue<TestKeyStorage.Fault>([Enum.Parse<TestKeyStorage.Fault>(first), Enum.Parse<TestKeyStorage.Fault>(second)]);
        var storage = new TestKeyStorage { NextWrite = () => faults.TryDequeue(out var fault) ? fault : TestKeyStorage.Fault.None };
        await using var view = new CountingView(storage);
        var cell = await view.LoadAsync(1);
        cell.Apply(CountingView.Slice(1, 0, [5, 6]));
        cell.Close(new CloseRequest(CountingView.Start + EventTime.Hour, EventTime.MinValue));
        var status = await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Equal((1, 0), (status.Completed, status.LastLoss));
        Assert.Equal((1, 7), (storage[CountingView.Id(1)]!.Version, view.StoredNext(1)));
        Assert.Single(storage.Emissions);
        Assert.Null(view.Batcher.Fault);
        // The cell knows its version: the next write is not fenced.
        cell.Apply(CountingView.Slice(1, 7, [8]));
        Assert.Equal(0, (await view.Batcher.FlushAsync(CancellationToken.None)).LastLoss);
        Assert.Equal(9, view.StoredNext(1));
    }

    [Fact]
    public async Task What_comes_while_a_key_is_being_written_belongs_to_the_next_flush()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var storage = new TestKeyStorage();
        await using var view = new CountingView(storage);
        var cell = await view.LoadAsync(1);
        storage.Gate = async () =>
        {
            reached.TrySetResult();
            await open.Task;
        };
        Assert.Equal(1, cell.Apply(CountingView.Slice(1, 0, [5])).Flush);
        var flushing = view.Batcher.FlushAsync(CancellationToken.None);
        await reached.Task;
        Assert.Equal(1, cell.Apply(CountingView.Slice(1, 0, [5])).Flush);
        Assert.Equal(2, cell.Apply(CountingView.Slice(1, 6, [6])).Flush);
        open.SetResult();
        Assert.Equal(1, (await flushing).Completed);
        Assert.Equal(6, view.StoredNext(1));
        Assert.Equal(2, (await view.Batcher.FlushAsync(CancellationToken.None)).Completed);
        Assert.Equal(7, view.StoredNext(1));
        Assert.Equal(0, cell.Apply(CountingView.Slice(1, 0, [5])).Flush);
    }

    [Fact]
    public async Task Releasing_a_key_ends_it_for_callers_at_once_and_returns_when_it_is_written()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        Assert.True(view.Batcher.Cells.TryGet(0, cell.Id.Key, out _));
        cell.Apply(CountingView.Slice(1, 0, [5]));
        var releasing = view.Batcher.ReleaseAsync(cell, CancellationToken.None);
        Assert.False(view.Batcher.Cells.TryGet(0, cell.Id.Key, out _));
        Assert.Throws<StreamForgeException>(() => cell.Apply(CountingView.Slice(1, 6, [6])));
        await releasing;
        Assert.Equal(6, view.StoredNext(1));
        Assert.False((await view.LoadAsync(1)).IsEmpty);
    }

    [Fact]
    public async Task Keys_that_are_asked_for_while_a_load_is_under_way_go_together_in_the_next()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var storage = new TestKeyStorage { Gate = () => open.Task };
        await using var view = new CountingView(storage);
        var first = view.LoadAsync(1);
        while (storage.Loads.Count == 0) await Task.Yield();
        var others = Enumerable.Range(2, 100).Select(k => view.LoadAsync(k)).ToArray();
        open.SetResult();
        await first;
        await Task.WhenAll(others);
        Assert.Equal([1, 100], storage.Loads);
    }

    [Fact]
    public async Task A_load_that_fails_fails_who_asked_and_the_next_works()
    {
        var storage = new TestKeyStorage { IsDown = true };
        await using var view = new CountingView(storage);
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => view.LoadAsync(1))).Retryable);
        storage.IsDown = false;
        Assert.True((await view.LoadAsync(1)).IsEmpty);
        storage[CountingView.Id(2)] = new StoredKey(1, Guid.Empty, [9, 9]);
        Assert.Equal(ErrorKind.Corrupt, (await Assert.ThrowsAsync<StreamForgeException>(() => view.LoadAsync(2))).Kind);
    }

    [Fact]
    public async Task A_flush_goes_in_transactions_of_the_size_that_was_set()
    {
        await using var view = new CountingView(options: CountingView.Quick with { ChunkKeys = 10 });
        foreach (var cell in await Task.WhenAll(Enumerable.Range(0, 35).Select(k => view.LoadAsync(k)))) cell.Apply(CountingView.Slice(1, 0, [5]) with { Id = cell.Id });
        await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Equal([5, 10, 10, 10], view.Storage.Writes.Order());
        Assert.Equal(35, view.Batcher.WrittenKeys);
    }

    [Fact]
    public async Task After_its_end_nothing_is_promised_any_more()
    {
        var view = new CountingView();
        var cell = await view.LoadAsync(1);
        cell.Apply(CountingView.Slice(1, 0, [5]));
        await view.DisposeAsync();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => view.Batcher.FlushAsync(CancellationToken.None))).Retryable);
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(() => view.LoadAsync(1))).Retryable);
    }
}
