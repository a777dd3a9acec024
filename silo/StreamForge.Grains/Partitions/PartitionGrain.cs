using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Grains.Hosting;
using StreamForge.Grains.KafkaStreams;

namespace StreamForge.Grains.Partitions;

/// <summary>
/// An activation of a partition: brings what its stream delivers to its <see cref="PartitionProcess"/>. The stream's pulling agent, which calls it at least every second, keeps it alive and activates it
/// anew wherever the partition is polled after a crash.
/// </summary>
[PlacedWithItsQueue, GrainType("partition"), ImplicitStreamSubscription(StreamNames.Provider)]
internal sealed class PartitionGrain : IGrainBase, IPartitionGrain, IPartitionStream
{
    private const int TicksAstray = 3;

    private readonly IGrainContext _context;
    private readonly SiloPipelines _pipelines;
    private readonly SiloPipeline _pipeline;
    private readonly PartitionId _partition;
    private readonly StreamSubscription _subscription;
    private readonly Ownership _ownership;
    private readonly ILogger _log;
    private PartitionProcess _process = null!;
    private string? _failure;
    private int _astray;

    public PartitionGrain(IGrainContext context, SiloPipelines pipelines, ILogger<PartitionProcess> log)
    {
        var key = context.GrainId.Key.ToString()!;
        (var pipeline, _partition) = StreamNames.Parse(key);
        _context = context;
        _pipelines = pipelines;
        _pipeline = pipelines.Get(pipeline);
        _subscription = new StreamSubscription(context, StreamNames.Provider, StreamNames.Stream(key), TakeAsync);
        _ownership = new Ownership(this);
        _log = log;
    }

    public IGrainContext GrainContext => _context;

    public async Task OnActivateAsync(CancellationToken token)
    {
        var definition = _pipeline.Pipeline;
        var names = (await _pipeline.Cluster.Control.OverviewAsync(token)).Names;
        _process = new PartitionProcess(
            new PartitionSettings(definition.Plan, _partition, names.IndexOf(_partition), names.Length),
            new PartitionPorts(_pipeline.Cluster, definition.Storage.Records, this, definition.OpenDecoder(_partition), _pipeline.Placement, _pipelines.Options.Clock),
            Guid.NewGuid(),
            _log);
        await _subscription.AttachAsync();
        await _process.StartAsync(token);
        _ownership.Begin(_pipelines.Options.Tick, TickAsync);
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        _ownership.Dispose();
        return Task.CompletedTask;
    }

    public ValueTask WakeAsync() => ValueTask.CompletedTask;

    private async ValueTask TickAsync(CancellationToken cancellation)
    {
        _astray = _pipelines.OwnerOf(_context.GrainId.Key.ToString()!) == _pipeline.Cluster.Here ? 0 : _astray + 1;
        if (_astray >= TicksAstray) _ownership.Leave();
        else await _process.TickAsync(cancellation);
    }

    /// <summary>Takes a delivery. One that is refused without the stream having been rewound is failed, so that it comes again.</summary>
    private async Task TakeAsync(KafkaBatch batch)
    {
        _failure = batch.Failure;
        // A mark ahead of what was received shows a gap, and so does a topic that cannot be read on: the process asks for what it lacks then.
        if (batch.IsMark && batch.From <= _process.Received && _failure is null) return;
        var poll = batch.IsMark ? new PollBatch(_process.Received + 1, _process.Received + 1, default) : batch.Batch;
        var rewinds = _subscription.Rewinds;
        var answer = await _ownership.GuardAsync(cancellation => _process.OnBatchAsync(poll, cancellation));
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
        await _subscription.RewindAsync(position);
    }

    void IPartitionStream.Acknowledge(long durable) => _pipeline.Topic(_partition.Source).Acknowledge(_partition.Partition, durable);
}
