using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>A silo's receiver: one call for many keys, wherever they turn out to be.</summary>
public class SliceReceiverTests
{
    private static readonly SliceCodec Codec = new(CountingView.Plan.Views[0]);

    /// <summary>A batch that brings each user one event.</summary>
    private static SliceBatch Batch(IEnumerable<long> users, long previous, long offset)
    {
        var part = new SlicePart();
        foreach (var user in users) part.Add(CountingView.Id(user).Key, previous, [0]);
        var slice = CountingView.Slice(0, 0, [offset]);
        return new SliceBatch(0, 0, Codec.Encode(slice.Rows, slice.Positions, part, slice.Origin));
    }

    [Fact]
    public async Task Every_key_gets_its_part_and_the_answer_names_the_flushes_of_all_silos_that_have_one()
    {
        await using var cluster = new RunningReceivers(3);
        var users = Enumerable.Range(0, 60).Select(u => (long)u).ToArray();
        // All of them are sent to one silo, as one does that does not know the others yet.
        var answer = await cluster[0].Receiver.ApplyAsync(Batch(users, 0, 5), CancellationToken.None);
        Assert.False(answer.IsBehind);
        Assert.Equal(cluster.Ids, answer.Flushes.Select(f => f.Silo).Order());
        Assert.All(answer.Flushes, f => Assert.Equal(1, f.Flush));
        for (var silo = 0; silo < 3; silo++) await cluster[silo].View.Batcher.FlushAsync(CancellationToken.None);
        Assert.All(users, u => Assert.Equal(6, cluster[0].View.StoredNext(u)));
        // Once more, for keys that are active now: nothing is new, nothing waits.
        answer = await cluster[0].Receiver.ApplyAsync(Batch(users, 0, 5), CancellationToken.None);
        Assert.All(answer.Flushes, f => Assert.Equal(0, f.Flush));
        Assert.True((await cluster[0].Receiver.ApplyAsync(Batch(users, 8, 9), CancellationToken.None)).IsBehind);
    }

    [Fact]
    public async Task One_key_that_fails_fails_the_call_and_the_rest_stays_applied()
    {
        await using var cluster = new RunningReceivers(2);
        cluster.Failing.Add(CountingView.Id(7));
        var users = Enumerable.Range(0, 20).Select(u => (long)u).ToArray();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(async () => await cluster[0].Receiver.ApplyAsync(Batch(users, 0, 5), CancellationToken.None))).Retryable);
        cluster.Failing.Clear();
        Assert.False((await cluster[0].Receiver.ApplyAsync(Batch(users, 0, 5), CancellationToken.None)).IsBehind);
        for (var silo = 0; silo < 2; silo++) await cluster[silo].View.Batcher.FlushAsync(CancellationToken.None);
        Assert.All(users, u => Assert.Equal(6, cluster[0].View.StoredNext(u)));
        Assert.Equal(20, cluster[0].View.Batcher.WrittenKeys + cluster[1].View.Batcher.WrittenKeys);
    }

    [Fact]
    public async Task A_key_that_has_ended_here_is_called_where_it_is_now()
    {
        await using var cluster = new RunningReceivers(1);
        await cluster[0].Receiver.ApplyAsync(Batch([1], 0, 5), CancellationToken.None);
        Assert.True(cluster[0].View.Batcher.Cells.TryGet(0, CountingView.Id(1).Key, out var cell));
        cell.Retire();
        // Still listed, and called; it refuses.
        await Assert.ThrowsAsync<StreamForgeException>(async () => await cluster[0].Receiver.ApplyAsync(Batch([1], 6, 6), CancellationToken.None));
        await cluster[0].View.Batcher.ReleaseAsync(cell, CancellationToken.None);
        cluster.Forget(CountingView.Id(1));
        Assert.False((await cluster[0].Receiver.ApplyAsync(Batch([1], 6, 6), CancellationToken.None)).IsBehind);
    }

    [Fact]
    public async Task A_key_in_use_is_called_now_and_then_though_it_is_active_here()
    {
        await using var cluster = new RunningReceivers(1);
        for (var i = 0; i < 200; i++) await cluster[0].Receiver.ApplyAsync(Batch([1], 0, 5), CancellationToken.None);
        Assert.InRange(cluster.Calls, 2, 10);
    }

    [Fact]
    public async Task A_slice_of_a_view_that_the_plan_does_not_have_is_refused()
    {
        await using var cluster = new RunningReceivers(1);
        var error = await Assert.ThrowsAsync<StreamForgeException>(async () => await cluster[0].Receiver.ApplyAsync(new SliceBatch(4, 0, new byte[] { 1 }), CancellationToken.None));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }
}
