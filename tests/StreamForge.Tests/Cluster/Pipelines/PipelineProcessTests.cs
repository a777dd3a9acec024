using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.Pipelines;

public class PipelineProcessTests
{
    private static readonly PartitionId P0 = new("s", 0), P1 = new("s", 1), P2 = new("s", 2);

    private readonly MemoryRecords _records = new();
    private readonly ManualClock _clock = new();
    private int _id;

    private sealed record Storage(IKeyStorage Keys, IRecordStorage Records) : IPipelineStorage
    {
        public IImageStorage Images => throw new NotSupportedException("a pipeline's own part reads no images");
    }

    private async Task<PipelineProcess> StartAsync(StreamForge.Pipeline.Plans.PipelinePlan? plan = null, params PartitionId[] partitions)
    {
        var process = new PipelineProcess(plan ?? TestTopic.Plan(), new Storage(new MemoryKeys(), _records), _clock, new Guid(++_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), NullLogger.Instance);
        await process.StartAsync([.. partitions.Length == 0 ? [P0, P1] : partitions], CancellationToken.None);
        return process;
    }

    private static PartitionReport Report(int partition, long watermark, PartitionActivity activity = PartitionActivity.Active, string? failure = null, long start = 1) =>
        new(partition, 10, 10, 10, watermark, activity, watermark, [watermark], default, start, null, failure);

    private static async Task<PipelineTime> TellAsync(PipelineProcess pipeline, PartitionReport report) => await pipeline.ReportAsync(report, CancellationToken.None);

    private static async Task<PipelineTime> TimeAsync(PipelineProcess pipeline)
    {
        await pipeline.TickAsync(CancellationToken.None);
        return await pipeline.TimeAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Watermark_is_the_least_of_the_active_partitions_and_told_once_it_is_written()
    {
        var pipeline = await StartAsync();
        await TellAsync(pipeline, Report(0, 50));
        Assert.Equal(EventTime.MinValue, (await TimeAsync(pipeline)).Watermark);
        Assert.Equal(EventTime.MinValue, (await TellAsync(pipeline, Report(1, 30))).Watermark);
        var time = await TimeAsync(pipeline);
        Assert.Equal((30, 30, 50), (time.Watermark, time.Final, time.NewestEvents[0]));
        await TellAsync(pipeline, Report(1, 30, PartitionActivity.Idle));
        Assert.Equal(50, (await TimeAsync(pipeline)).Watermark);
    }

    [Fact]
    public async Task Watermark_holds_while_all_partitions_are_idle()
    {
        var pipeline = await StartAsync();
        await TellAsync(pipeline, Report(0, 50, PartitionActivity.Idle));
        await TellAsync(pipeline, Report(1, 30, PartitionActivity.Idle));
        Assert.Equal(EventTime.MinValue, (await TimeAsync(pipeline)).Watermark);
    }

    [Fact]
    public async Task Another_activation_never_tells_an_earlier_watermark()
    {
        var first = await StartAsync();
        await TellAsync(first, Report(0, 50));
        await TellAsync(first, Report(1, 40));
        await TimeAsync(first);
        var second = await StartAsync();
        Assert.Equal(40, (await TimeAsync(second)).Watermark);
        await TellAsync(first, Report(1, 45));
        await Assert.ThrowsAsync<FenceLostException>(() => TimeAsync(first));
    }

    [Fact]
    public async Task Failure_of_a_partition_stops_the_pipeline_with_its_reason_until_somebody_starts_it()
    {
        var pipeline = await StartAsync();
        var time = await TellAsync(pipeline, Report(1, 0, failure: "the disk is full"));
        Assert.Equal((PipelineOrder.Stop, "s/1: the disk is full"), (time.Order, time.Failure));
        await TimeAsync(pipeline);
        pipeline = await StartAsync();
        Assert.Equal((PipelineOrder.Stop, "s/1: the disk is full"), await OrderAsync(pipeline));
        await pipeline.OrderAsync(PipelineOrder.Run, CancellationToken.None);
        Assert.Equal((PipelineOrder.Run, null), await OrderAsync(pipeline));
        // What failed before the start has not heard of it yet.
        time = await TellAsync(pipeline, Report(1, 0, failure: "the disk is full"));
        Assert.Equal((PipelineOrder.Run, 2), (time.Order, time.Start));
        Assert.Equal(PipelineOrder.Stop, (await TellAsync(pipeline, Report(1, 0, failure: "the disk is full", start: 2))).Order);
    }

    private static async Task<(PipelineOrder, string?)> OrderAsync(PipelineProcess pipeline)
    {
        var time = await pipeline.TimeAsync(CancellationToken.None);
        return (time.Order, time.Failure);
    }

    [Fact]
    public async Task New_partitions_come_after_those_that_have_an_index()
    {
        await StartAsync(null, P0, P2);
        Assert.Equal("s/0 s/2 s/1", string.Join(" ", (await StartAsync(null, P0, P1, P2)).Partitions));
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => StartAsync(null, P0, P1));
        Assert.Contains("the partition s/2 is gone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Definition_that_does_not_fit_what_is_kept_is_refused()
    {
        await StartAsync();
        var error = await Assert.ThrowsAsync<StreamForgeException>(() => StartAsync(TestTopic.Plan(windows: "lifetime, {tumbling: 2m}")));
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Contains("the view v has changed over its live state", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_for_people_says_how_it_is_and_why_it_has_stopped()
    {
        var plan = TestTopic.Plan();
        var pipeline = await StartAsync(plan);
        var reader = new ClusterPipelineReader([new WatchedPipeline(plan, pipeline, new Storage(new MemoryKeys(), _records))], _clock);
        await reader.ReadAsync(CancellationToken.None);
        Assert.Equal("2 of 2 partitions have not reported yet", reader.Read()[0].Reason);
        await TellAsync(pipeline, Report(0, 50) with { Counts = new PartitionCounts(7, 6, 1, 2, 0) });
        await TellAsync(pipeline, Report(1, 50) with { Counts = new PartitionCounts(3, 3, 0, 0, 0), Waiting = "silo-1 does not answer" });
        await reader.ReadAsync(CancellationToken.None);
        var status = reader.Read()[0];
        Assert.Equal((PipelineState.Running, "s/1 waits: silo-1 does not answer", 10, 9, 1, 2), (status.State, status.Reason, status.Events, status.Rows, status.DeadLetters, status.Late));
        Assert.Equal(["s", "v", "rows"], status.Stages.Select(s => s.Name));
        await TellAsync(pipeline, Report(0, 50, failure: "no"));
        await reader.ReadAsync(CancellationToken.None);
        Assert.Equal((PipelineState.Failed, "s/0: no"), (reader.Read()[0].State, reader.Read()[0].Reason));
    }

    [Fact]
    public async Task What_was_skipped_is_added_up_by_reason_and_view_and_positions_are_those_of_the_partitions()
    {
        var plan = TestTopic.Plan();
        var pipeline = await StartAsync(plan);
        var reader = new ClusterPipelineReader([new WatchedPipeline(plan, pipeline, new Storage(new MemoryKeys(), _records))], _clock);
        await TellAsync(pipeline, Report(0, 50) with { Counts = new PartitionCounts(7, 6, 0, 0, 0) { Duplicates = 1, PassedOver = 2, NullKeys = 3, Unexpected = 4, Truncates = 5, Expired = [6] } });
        await TellAsync(pipeline, Report(1, 50) with { Counts = new PartitionCounts(7, 6, 0, 0, 0) { Duplicates = 10 } });
        await reader.ReadAsync(CancellationToken.None);
        var status = reader.Read()[0];
        Assert.Equal((new SkippedCounts(11, 6, 2, 3), 4, 5), (status.Skipped, status.Unexpected, status.Truncates));
        Assert.Equal([null, 6, null], status.Stages.Select(s => s.Expired));
        Assert.Equal([null, 0, null], status.Stages.Select(s => s.Degraded));
        var origin = new ClusterOrigins(reader).Read(plan.Views[0].Description);
        Assert.Equal(["s/0:10 50", "s/1:10 50"], origin!.Partitions.Select(p => $"{p.Durable} {p.Watermark}"));
        var metrics = new Samples();
        new PipelineMetrics(reader).Write(metrics);
        Assert.Contains("streamforge_duplicate_changes_total case 11", metrics.Lines);
        Assert.Contains("streamforge_expired_changes_total case v 6", metrics.Lines);
        Assert.Contains("streamforge_events_total case 14", metrics.Lines);
    }

    private sealed class Samples : IMetricsWriter
    {
        private string _name = "";

        public List<string> Lines { get; } = [];

        public void Metric(string name, string help, MetricType type) => _name = name;

        public void Sample(double value, params ReadOnlySpan<MetricLabel> labels) => Lines.Add($"{_name} {string.Join(' ', labels.ToArray().Select(l => l.Value))} {value}");

        public void Histogram(ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum, params ReadOnlySpan<MetricLabel> labels) => throw new NotSupportedException();
    }

    [Fact]
    public async Task Ledgers_are_read_from_both_ends()
    {
        for (var i = 0; i < 5; i++) _records.Ledger.Add(new LedgerEntry(LedgerKind.Late, P0, i, $"{i}"));
        var plan = TestTopic.Plan();
        var reader = new ClusterPipelineReader([new WatchedPipeline(plan, await StartAsync(plan), new Storage(new MemoryKeys(), _records))], _clock);
        Assert.Equal("1 2", Text(await reader.ReadLedgerAsync("case", LedgerKind.Late, 1, 2, CancellationToken.None)));
        Assert.Equal("4 3", Text(await reader.ReadLedgerBackwardsAsync("case", LedgerKind.Late, null, 2, CancellationToken.None)));
        Assert.Equal("2 1", Text(await reader.ReadLedgerBackwardsAsync("case", LedgerKind.Late, 3, 2, CancellationToken.None)));
        Assert.Equal("0", Text(await reader.ReadLedgerBackwardsAsync("case", LedgerKind.Late, 1, 2, CancellationToken.None)));
    }

    private static string Text(LedgerSlice slice)
    {
        Assert.Equal(5, slice.Total);
        return string.Join(' ', slice.Items);
    }
}
