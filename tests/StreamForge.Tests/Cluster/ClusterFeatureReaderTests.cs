using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Reads;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Lookups over keys that are anywhere.</summary>
public class ClusterFeatureReaderTests
{
    private static readonly ViewDescription View = CountingView.Plan.Views[0].Description;

    private static ClusterFeatureReader Reader(RunningReceivers cluster, TimeProvider? clock = null) =>
        new(CountingView.Plan, cluster[0], cluster[0].View.Batcher.Cells, cluster.Storage, clock ?? TimeProvider.System);

    private static async Task<RunningReceivers> StartAsync(int silos, int users)
    {
        var cluster = new RunningReceivers(silos);
        for (var user = 0; user < users; user++)
        {
            long[] offsets = [.. Enumerable.Range(0, user + 1)];
            await cluster[0].Key(CountingView.Id(user)).ApplyAsync(CountingView.Slice(user, 0, offsets), CancellationToken.None);
        }
        return cluster;
    }

    private static long Count(IFeatureReader reader, long user)
    {
        var row = new FeatureRow();
        reader.Read(View, CountingView.Id(user).Key, null, row);
        return row.Found ? row.Values[View.IndexOf("n_lifetime")].Int64 : -1;
    }

    [Fact]
    public async Task Many_keys_are_answered_for_with_one_call_to_each_silo_that_owns_some()
    {
        await using var cluster = await StartAsync(3, 40);
        var keys = Enumerable.Range(0, 50).Select(u => (View, CountingView.Id(u).Key)).ToArray();
        var here = keys.Count(k => cluster.OwnerOf(new(0, k.Key)) == cluster.Ids[0]);
        var reader = Reader(cluster);
        Assert.True(reader.MustGather);
        var gathered = await reader.GatherAsync(keys, CancellationToken.None);
        for (var user = 0; user < 50; user++) Assert.Equal(user < 40 ? user + 1 : -1, Count(gathered, user));
        Assert.Equal(cluster.Reads.Select(r => r.Silo).Distinct().Count(), cluster.Reads.Count);
        Assert.Contains(cluster.Reads, r => r.Silo == cluster.Ids[1]);
        Assert.Contains(cluster.Reads, r => r.Silo == cluster.Ids[2]);
        // Keys that are active here are not asked for.
        Assert.True(cluster.Reads.Where(r => r.Silo == cluster.Ids[0]).Sum(r => r.Keys) < here);
        Assert.Throws<InvalidOperationException>(() => Count(gathered, 77));
        Assert.Throws<InvalidOperationException>(() => Count(reader, 1));
    }

    [Fact]
    public async Task When_a_silo_cannot_be_reached_its_keys_are_asked_for_where_they_are_now()
    {
        await using var cluster = await StartAsync(2, 20);
        for (var silo = 0; silo < 2; silo++) await cluster[silo].View.Batcher.FlushAsync(CancellationToken.None);
        var lost = Enumerable.Range(0, 20).Where(u => cluster.OwnerOf(CountingView.Id(u)) == cluster.Ids[1]).ToArray();
        Assert.NotEmpty(lost);
        cluster.Unreachable.Add(cluster.Ids[1]);
        var keys = Enumerable.Range(0, 20).Select(u => (View, CountingView.Id(u).Key)).ToArray();
        Assert.True((await Assert.ThrowsAsync<StreamForgeException>(async () => await Reader(cluster).GatherAsync(keys, CancellationToken.None))).Retryable);
        // It is known to be gone.
        cluster.Ids = [cluster.Ids[0]];
        foreach (var user in lost) cluster.Forget(CountingView.Id(user));
        var gathered = await Reader(cluster).GatherAsync(keys, CancellationToken.None);
        for (var user = 0; user < 20; user++) Assert.Equal(user + 1, Count(gathered, user));
    }

    [Fact]
    public async Task The_answer_tells_the_pipelines_watermark_and_the_views_newest_event()
    {
        await using var cluster = await StartAsync(1, 3);
        var newest = CountingView.Start + 100 * EventTime.Second;
        cluster.Time = new PipelineTime(PipelineOrder.Run, 1, CountingView.Start, EventTime.MinValue, [newest], [], null);
        var gathered = await Reader(cluster).GatherAsync([(View, CountingView.Id(2).Key)], CancellationToken.None);
        var row = new FeatureRow();
        gathered.Read(View, CountingView.Id(2).Key, null, row);
        Assert.Equal((CountingView.Start, newest, newest + 1), (row.Watermark, row.NewestEvent, row.At));
        Assert.Equal(3, gathered.ReadTiles(View, CountingView.Id(2).Key, View.IndexOf("n_lifetime"), null, row).Sum(t => t.Value.Int64));
        await cluster[0].View.Batcher.FlushAsync(CancellationToken.None);
        var sample = await Reader(cluster).SampleKeysAsync(View, 2, CancellationToken.None);
        Assert.Equal((3, 2), (sample.Total, sample.Keys.Length));
    }

    [Fact]
    public async Task Time_is_asked_for_a_few_times_a_second_and_known_while_the_pipeline_moves()
    {
        await using var cluster = await StartAsync(1, 1);
        var clock = new StoppedClock();
        var time = new PipelineClock(cluster[0], clock);
        for (var i = 0; i < 100; i++) await time.TimeAsync(CancellationToken.None);
        Assert.Equal(1, cluster.TimesAsked);
        cluster.Time = cluster.Time with { Watermark = 5 };
        clock.Now += TimeSpan.FromSeconds(3);
        Assert.Equal(5, (await time.TimeAsync(CancellationToken.None)).Watermark);
        cluster.IsPipelineGone = true;
        clock.Now += TimeSpan.FromSeconds(30);
        Assert.Equal(5, (await time.TimeAsync(CancellationToken.None)).Watermark);
        // Who has never heard of it cannot answer.
        var error = await Assert.ThrowsAsync<StreamForgeException>(async () => await new PipelineClock(cluster[0], clock).TimeAsync(CancellationToken.None));
        Assert.True(error.Retryable);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
