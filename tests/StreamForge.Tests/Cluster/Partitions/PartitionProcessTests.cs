using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Slices;
using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.Partitions;

public class PartitionProcessTests
{
    private readonly MemoryRecords _records = new();
    private readonly ManualClock _clock = new();
    private readonly Control _control = new();
    private readonly Stream _stream = new();
    private ModelCluster _cluster = null!;
    private TestTopic _topic = null!;
    private int _id;

    private sealed class Control : IPipelineControl
    {
        public PipelineTime Time { get; set; } = new(PipelineOrder.Run, 1, EventTime.MinValue, EventTime.MinValue, [], [], null);

        public PartitionReport? Last { get; private set; }

        public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation)
        {
            Last = report;
            return new(Time);
        }

        public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => new(Time);

        public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class Stream : IPartitionStream
    {
        public List<long> Rewinds { get; } = [];

        public long Acknowledged { get; private set; }

        public ValueTask<long> StartAsync(CancellationToken cancellation) => new(3);

        public ValueTask RewindAsync(long position, CancellationToken cancellation)
        {
            Rewinds.Add(position);
            return ValueTask.CompletedTask;
        }

        public void Acknowledge(long durable) => Acknowledged = durable;
    }

    private sealed class Taker : ISinkWriter
    {
        public long Taken { get; private set; }

        public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation)
        {
            Taken = rows.Next;
            return new(new SinkAnswer(IsBehind: false, Guid.Empty));
        }

        public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) =>
            new(new SinkStatus(Guid.Empty, System.Collections.Immutable.ImmutableDictionary<int, long>.Empty.Add(0, Taken)));
    }

    private async Task<PartitionProcess> StartAsync(string source = "", long most = 500_000, params TestEvent[] events)
    {
        var plan = TestTopic.Plan(source);
        var isNew = _cluster is null;
        _cluster ??= new ModelCluster(plan, new Random(1), 1);
        var taker = new Taker();
        if (isNew) _cluster.SinkOf = _ => taker;
        _cluster.ControlOf = () => _control;
        _topic ??= new TestTopic(new PartitionId("s", 0), [.. events.Select((e, i) => ((long)i + 3, e))], plan.Sources[0].Columns);
        var settings = new PartitionSettings(plan, _topic.Partition, 0, 1) { MostOutstanding = most };
        var ports = new PartitionPorts(_cluster, _records, new MemoryPipelineStorage(), _stream, _topic, new KeyPlacement(), _clock);
        var process = new PartitionProcess(settings, ports, new Guid(++_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), NullLogger.Instance);
        await process.StartAsync(CancellationToken.None);
        return process;
    }

    private static TestEvent Event(int second, int number = 1) => new("k", second, number);

    private async Task<BatchAnswer> TakeAsync(PartitionProcess process, long from, int count) => await process.OnBatchAsync(_topic.Batch(from, count)!, CancellationToken.None);

    private static async Task TickAsync(PartitionProcess process) => await process.TickAsync(CancellationToken.None);

    [Fact]
    public void Resolved_start_is_kept_before_anything_is_taken_and_the_stream_is_asked_for_it() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1)]);
        Assert.Equal((3, 3), (process.Durable, process.Received));
        Assert.Equal([3], _stream.Rewinds);
        Assert.NotNull(_records["partition/s/0"]);
    });

    [Fact]
    public void What_is_flushed_becomes_durable_with_the_next_tick_and_another_activation_goes_on_there() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2), Event(3)]);
        Assert.Equal(BatchAnswer.Applied, await TakeAsync(process, 3, 2));
        await TickAsync(process);
        Assert.Equal((5, 3), (process.Received, process.Durable));
        await _cluster.Living[0].FlushAsync();
        await TickAsync(process);
        Assert.Equal((5, 5), (process.Durable, _stream.Acknowledged));
        var next = await StartAsync();
        Assert.Equal((5, 2_000_000), (next.Received, next.Report().Watermark));
        await Assert.ThrowsAsync<FenceLostException>(async () =>
        {
            await TakeAsync(process, 5, 1);
            await _cluster.Living[0].FlushAsync();
            await TickAsync(process);
        });
    });

    [Fact]
    public void Gap_asks_the_stream_once_and_what_was_seen_is_passed_over() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2), Event(3)]);
        await TakeAsync(process, 3, 1);
        _stream.Rewinds.Clear();
        Assert.Equal(BatchAnswer.Refused, await TakeAsync(process, 5, 1));
        Assert.Equal(BatchAnswer.Refused, await TakeAsync(process, 5, 1));
        Assert.Equal([4], _stream.Rewinds);
        Assert.Equal(BatchAnswer.Seen, await TakeAsync(process, 3, 1));
    });

    [Fact]
    public void Silo_that_is_gone_with_something_not_durable_rewinds() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2)]);
        await TakeAsync(process, 3, 2);
        _cluster.AddSilo();
        _cluster.Crash(_cluster.Living[0]);
        await TickAsync(process);
        Assert.Equal((3, 3), (process.Received, process.Durable));
        Assert.Equal(3, _stream.Rewinds[^1]);
        Assert.Equal(BatchAnswer.Applied, await TakeAsync(process, 3, 2));
    });

    [Fact]
    public void Who_brings_more_than_may_be_outstanding_waits_until_something_is_durable() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(most: 2, events: [Event(1), Event(2), Event(3)]);
        await TakeAsync(process, 3, 2);
        var waiting = TakeAsync(process, 5, 1);
        await TickAsync(process);
        Assert.False(waiting.IsCompleted);
        await _cluster.Living[0].FlushAsync();
        await TickAsync(process);
        Assert.Equal(BatchAnswer.Applied, await waiting);
    });

    [Fact]
    public void Event_that_may_not_fail_stops_the_partition_there_and_it_goes_on_when_it_is_started_again() => SingleThread.Run(async () =>
    {
        var process = await StartAsync("on_error: fail", events: [Event(1), Event(2, number: -1)]);
        await TakeAsync(process, 3, 1);
        Assert.Equal(BatchAnswer.Refused, await TakeAsync(process, 4, 1));
        await _cluster.Living[0].FlushAsync();
        await TickAsync(process);
        Assert.Contains("on_error: fail", _control.Last!.Failure, StringComparison.Ordinal);
        Assert.Equal((4, 4), (process.Received, process.Durable));
        Assert.Equal(BatchAnswer.Refused, await TakeAsync(process, 4, 1));
        _control.Time = _control.Time with { Start = 2 };
        await TickAsync(process);
        await TickAsync(process);
        Assert.Null(_control.Last!.Failure);
        Assert.Equal(4, _stream.Rewinds[^1]);
    });

    [Fact]
    public void Partition_that_is_told_to_stop_takes_nothing_new_and_comes_to_rest() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2)]);
        await TakeAsync(process, 3, 1);
        _control.Time = _control.Time with { Order = PipelineOrder.Stop };
        await TickAsync(process);
        Assert.Equal(BatchAnswer.Refused, await TakeAsync(process, 4, 1));
        await _cluster.Living[0].FlushAsync();
        await TickAsync(process);
        Assert.Equal((4, 4), (process.Received, process.Durable));
        _control.Time = _control.Time with { Order = PipelineOrder.Run };
        await TickAsync(process);
        Assert.Equal(4, _stream.Rewinds[^1]);
        Assert.Equal(BatchAnswer.Applied, await TakeAsync(process, 4, 1));
    });

    [Fact]
    public void Partition_is_idle_after_its_timeout_and_active_with_its_next_event() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1)]);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(PartitionActivity.Active, process.Report().Activity);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(PartitionActivity.Idle, process.Report().Activity);
        await TakeAsync(process, 3, 1);
        Assert.Equal(PartitionActivity.Active, process.Report().Activity);
    });

    [Fact]
    public void Stream_that_brings_nothing_for_long_is_asked_again() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2)]);
        await TakeAsync(process, 3, 1);
        _stream.Rewinds.Clear();
        for (var i = 0; i < 20; i++) await TickAsync(process);
        Assert.Equal([4, 4], _stream.Rewinds);
    });

    [Fact]
    public void Activation_that_was_taken_over_ends_though_it_has_nothing_to_write() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1)]);
        await StartAsync();
        await Assert.ThrowsAsync<FenceLostException>(async () =>
        {
            for (var i = 0; i < 20; i++) await TickAsync(process);
        });
    });

    [Fact]
    public void Dead_letters_are_in_the_ledger_once_their_batch_is_durable() => SingleThread.Run(async () =>
    {
        var process = await StartAsync(events: [Event(1), Event(2, number: -1)]);
        await TakeAsync(process, 3, 2);
        await TickAsync(process);
        Assert.Empty(_records.Ledger);
        await _cluster.Living[0].FlushAsync();
        await TickAsync(process);
        var entry = Assert.Single(_records.Ledger);
        Assert.Equal((LedgerKind.DeadLetters, 4, """{"source":"s","partition":0,"position":"4","reason":"its number is negative","raw":"k"}"""), (entry.Ledger, entry.Position, entry.Json));
    });
}
