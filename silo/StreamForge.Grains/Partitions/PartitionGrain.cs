using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Grains.Partitions;

/// <summary>
/// An activation of a partition: brings what its stream delivers to its <see cref="PartitionProcess"/>. The stream's pulling agent, which calls it at least every second, keeps it alive and activates it
/// anew wherever the partition is polled after a crash. It moves to where the partition is polled.
/// </summary>
[PlacedWithItsQueue, GrainType("partition"), ImplicitStreamSubscription(StreamNames.Provider)]
internal sealed class PartitionGrain : OwnerGrain, IGrainWithStringKey, IPartitionStream
{
    private const int TicksAstray = 3;

    private readonly SiloPipeline _pipeline;
    private readonly PartitionId _partition;
    private readonly StreamSubscription _subscription;
    private readonly ILogger _log;
    private PartitionProcess? _process;
    private string? _failure;
    private int _astray;

    public PartitionGrain(IGrainContext context, SiloPipelines pipelines, ILogger<PartitionProcess> log)
        : base(context, pipelines)
    {
        (var pipeline, _partition) = StreamNames.Parse(Key);
        _pipeline = pipelines.Get(pipeline);
        _subscription = new StreamSubscription(context, StreamNames.Provider, StreamNames.Stream(Key), TakeAsync);
        _log = log;
    }

    private PartitionProcess Process => _process ?? throw new InvalidOperationException("The partition has not started.");

    protected override async Task StartAsync(CancellationToken cancellation)
    {
        var definition = _pipeline.Pipeline;
        var names = (await _pipeline.Cluster.Control.OverviewAsync(cancellation)).Names;
        _process = new PartitionProcess(
            new PartitionSettings(definition.Plan, _partition, names.IndexOf(_partition), names.Length) { SourcePartitions = names.Count(n => n.Source == _partition.Source) },
            new PartitionPorts(_pipeline.Cluster, definition.Storage.Records, definition.Storage.Images, this, definition.OpenDecoder(_partition), _pipeline.Placement, Pipelines.Options.Clock),
            Guid.NewGuid(),
            _log);
        await _subscription.AttachAsync();
        await _process.StartAsync(cancellation);
    }

    protected override async Task TickAsync(CancellationToken cancellation)
    {
        _astray = Pipelines.OwnerOf(Key) == _pipeline.Cluster.Here ? 0 : _astray + 1;
        if (_astray >= TicksAstray) Leave();
        else await Process.TickAsync(cancellation);
    }

    /// <summary>Takes a delivery. One that is refused without the stream having been rewound is failed, so that it comes again.</summary>
    private async Task TakeAsync(KafkaBatch batch)
    {
        _failure = batch.Failure;
        // A mark ahead of what was received shows a gap, and so does a topic that cannot be read on: the process asks for what it lacks then.
        if (batch.IsMark && batch.From <= Process.Received && _failure is null) return;
        var poll = batch.IsMark ? new PollBatch(Process.Received + 1, Process.Received + 1, default) : batch.Batch;
        var rewinds = _subscription.Rewinds;
        using var activity = ClusterTelemetry.Source.StartActivity("partition batch")?.SetTag("streamforge.partition", Key).SetTag("streamforge.offset", batch.From);
        var answer = await GuardAsync(cancellation => Process.OnBatchAsync(poll, cancellation));
        activity?.SetTag("streamforge.answer", answer.ToString());
        ClusterTelemetry.Batches.Add(1, new KeyValuePair<string, object?>("answer", answer.ToString()));
        if (answer == BatchAnswer.Refused && !batch.IsMark && rewinds == _subscription.Rewinds)
            throw new StreamForgeException(ErrorKind.Unavailable, $"{_partition} takes nothing at present", retryable: true);
    }

    ValueTask<long> IPartitionStream.StartAsync(CancellationToken cancellation) => _pipeline.Topic(_partition.Source).StartAsync(_partition.Partition, cancellation);

    async ValueTask IPartitionStream.RewindAsync(long position, CancellationToken cancellation)
    {
        if (_failure is { } failure)
        {
            _failure = null;
            throw new StreamForgeException(ErrorKind.Unavailable, failure);
        }
        ClusterTelemetry.Rewinds.Add(1);
        await _subscription.RewindAsync(position);
    }

    void IPartitionStream.Acknowledge(long durable) => _pipeline.Topic(_partition.Source).Acknowledge(_partition.Partition, durable);
}
