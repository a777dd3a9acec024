using StreamForge.Cluster.Features;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Tests.Cluster;

/// <summary>One key: what it applies, what it drops, when it is behind, what it emits.</summary>
public class FeatureCellTests
{
    private static long Count(FeatureCell cell)
    {
        var copy = cell.Read();
        if (copy is null) return 0;
        var row = new FeatureRow { At = EventTime.Latest, NewestEvent = EventTime.Latest - 1 };
        new FeatureComputer().Compute(CountingView.Plan.Views[0], KeyCopy.State(copy), row);
        return row.Values[CountingView.Plan.Views[0].Description.IndexOf("n_lifetime")].Int64;
    }

    [Fact]
    public async Task Events_are_dropped_one_by_one_that_the_key_has()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        Assert.Null(cell.Read());
        Assert.False(cell.Apply(CountingView.Slice(1, 0, [5, 6])).IsBehind);
        Assert.False(cell.Apply(CountingView.Slice(1, 0, [5, 6, 9])).IsBehind);
        Assert.Equal(3, Count(cell));
        // Rows of one event belong together.
        Assert.False(cell.Apply(CountingView.Slice(1, 10, [11, 11])).IsBehind);
        Assert.False(cell.Apply(CountingView.Slice(1, 10, [11, 11])).IsBehind);
        Assert.Equal(5, Count(cell));
    }

    [Fact]
    public async Task A_key_that_holds_less_than_was_sent_is_behind_and_stays_as_it_is()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        var answer = cell.Apply(CountingView.Slice(1, 7, [8]));
        Assert.Equal((true, 0), (answer.IsBehind, answer.Flush));
        Assert.Null(cell.Read());
        cell.Apply(CountingView.Slice(1, 0, [5]));
        Assert.True(cell.Apply(CountingView.Slice(1, 7, [8])).IsBehind);
        Assert.Equal(1, Count(cell));
        // Each partition has a number of its own.
        Assert.False(cell.Apply(CountingView.Slice(1, 0, [2], partition: 3)).IsBehind);
        Assert.True(cell.Apply(CountingView.Slice(1, 6, [7], partition: 3)).IsBehind);
        Assert.False(cell.Apply(CountingView.Slice(1, 6, [7])).IsBehind);
        Assert.Equal(3, Count(cell));
    }

    [Fact]
    public async Task A_key_that_is_activated_again_has_what_was_written_windows_too()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        cell.Apply(CountingView.Slice(1, 0, [5]));
        cell.Apply(CountingView.Slice(1, 0, [3], partition: 300));
        await view.Batcher.ReleaseAsync(cell, CancellationToken.None);
        cell = await view.LoadAsync(1);
        Assert.Equal(2, Count(cell));
        Assert.True(cell.Apply(CountingView.Slice(1, 5, [5], partition: 300)).IsBehind);
        Assert.False(cell.Apply(CountingView.Slice(1, 4, [4], partition: 300)).IsBehind);
        Assert.Empty(view.Storage.Emissions);
        cell.Close(new CloseRequest(CountingView.Start + EventTime.Minute, EventTime.MinValue));
        await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Equal([("0", "3")], Emitted(view));
    }

    [Fact]
    public async Task A_window_is_emitted_when_time_reaches_its_end_and_again_when_it_has_changed()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        cell.Apply(CountingView.Slice(1, 0, [1, 2, 61]));
        Assert.Equal(1, view.Batcher.Due.Count);
        cell.Close(new CloseRequest(CountingView.Start + EventTime.Minute - 1, EventTime.MinValue));
        await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Empty(Emitted(view));
        cell.Close(new CloseRequest(CountingView.Start + EventTime.Minute, EventTime.MinValue));
        cell.Close(new CloseRequest(CountingView.Start + EventTime.Minute, EventTime.MinValue));
        await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Equal([("0", "2")], Emitted(view));
        cell.Apply(CountingView.Slice(1, 0, [70]));
        cell.Apply(CountingView.Slice(1, 0, [3], partition: 1));
        cell.Close(new CloseRequest(CountingView.Start + 2 * EventTime.Minute, EventTime.MinValue));
        await view.Batcher.FlushAsync(CancellationToken.None);
        Assert.Equal([("0", "2"), ("1", "3"), ("0", "2")], Emitted(view));
        Assert.Equal(0, view.Batcher.Due.Count);
        // Nothing is due, nothing is written.
        Assert.Equal(0, cell.Close(new CloseRequest(CountingView.Start + 3 * EventTime.Minute, EventTime.MinValue)).Flush);
    }

    [Fact]
    public async Task An_activation_that_knows_nothing_of_what_storage_says_is_due_ends()
    {
        await using var view = new CountingView();
        var stale = await view.LoadAsync(1);
        var cell = await view.LoadAsync(1);
        cell.Apply(CountingView.Slice(1, 0, [1]));
        await view.Batcher.FlushAsync(CancellationToken.None);
        var time = new CloseRequest(CountingView.Start + EventTime.Minute, EventTime.MinValue, IsStored: true);
        Assert.Throws<StreamForgeException>(() => stale.Close(time));
        Assert.False(stale.IsActive);
        Assert.True(cell.Close(time).Flush > 0);
        Assert.True(cell.Close(time).Flush > 0);
    }

    private static (string Revision, string Count)[] Emitted(CountingView view)
    {
        var codec = new BatchCodec(CountingView.Plan.Sinks[0].Schema);
        var positions = new HashSet<long>();
        return
        [
            .. view.Storage.Emissions.SelectMany(e =>
            {
                Assert.Equal("closed", e.Sink);
                var batch = codec.Decode(e.Payload);
                Assert.All(batch.Headers.Positions.ToArray(), p => Assert.True(positions.Add(p)));
                return Enumerable.Range(0, batch.Count).Select(r => (RandomColumns.Text(batch["revision"], r), RandomColumns.Text(batch["n"], r)));
            }),
        ];
    }

    [Fact]
    public async Task A_read_never_sees_half_a_slice()
    {
        await using var view = new CountingView();
        var cell = await view.LoadAsync(1);
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var reads = 0;
            for (; !done.IsCancellationRequested || reads == 0; reads++) Assert.Equal(0, Count(cell) % 5);
            return reads;
        });
        for (long offset = 0; offset < 20_000; offset += 5) cell.Apply(CountingView.Slice(1, offset, [offset, offset + 1, offset + 2, offset + 3, offset + 4]));
        await done.CancelAsync();
        Assert.True(await reading > 0);
    }

    [Fact]
    public async Task A_warm_key_takes_little_more_than_its_state()
    {
        const int keys = 2_000;
        await using var view = new CountingView();
        var cells = new FeatureCell[keys];
        var slices = Enumerable.Range(0, keys).Select(k => CountingView.Slice(k, 0, [5, 6])).ToArray();
        var ids = slices.Select(s => s.Id).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var k = 0; k < keys; k++)
        {
            cells[k] = view.Batcher.Cells.Add(ids[k], Guid.Empty, null);
            cells[k].Apply(slices[k]);
        }
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / keys;
        Assert.InRange(bytes - cells[0].Bytes, 0, 1000);
    }
}
