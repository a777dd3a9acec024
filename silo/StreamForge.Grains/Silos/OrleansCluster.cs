using System.Collections.Immutable;
using System.Text;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Grains.Features;
using StreamForge.Grains.Pipelines;
using StreamForge.Grains.Sinks;
using StreamForge.Grains.Wire;

namespace StreamForge.Grains.Silos;

/// <summary>The cluster as the parts of one pipeline in this silo see it. Safe from any thread.</summary>
internal sealed class OrleansCluster(string pipeline, SiloMembers members, IGrainFactory grains, SiloSlicesClient services, ImmutableArray<SliceCodec> codecs) : ICluster
{
    private static readonly GrainType FeatureType = GrainType.Create("feature");

    private readonly byte[] _name = Encoding.UTF8.GetBytes(pipeline);

    /// <summary>This silo's own receiver, which is called without a message.</summary>
    public required Func<ISliceReceiver> Local { get; init; }

    public SiloId Here => members.Here;

    public ImmutableArray<SiloId> Silos => members.Alive;

    public IPipelineControl Control => field ??= new PipelineCalls(pipeline, grains.GetGrain<IPipelineGrain>(pipeline));

    public ISliceReceiver Receiver(SiloId silo) => silo == Here ? Local() : new ReceiverCalls(pipeline, silo, services.Of(silo));

    public IFeatureKey Key(KeyId id) => new KeyCalls(grains.GetGrain<IFeatureGrain>(GrainId.Create(FeatureType, FeatureKeys.Create(_name, id))), codecs[id.View]);

    public ISinkWriter Sink(int sink) => new SinkCalls($"sink {sink} of {pipeline}", grains.GetGrain<ISinkGrain>($"{pipeline}/{sink}"));

    private sealed class KeyCalls(IFeatureGrain grain, SliceCodec codec) : IFeatureKey
    {
        public ValueTask<KeyAnswer> ApplyAsync(KeySlice slice, CancellationToken cancellation) => Calls.GuardAsync(grain.ApplyAsync(new KeySliceArgument(slice, codec)), "a key", cancellation);

        public ValueTask<KeyAnswer> CloseAsync(CloseRequest time, CancellationToken cancellation) => Calls.GuardAsync(grain.CloseAsync(time), "a key", cancellation);

        public ValueTask<byte[]?> ReadAsync(CancellationToken cancellation) => Calls.GuardAsync(grain.ReadAsync(), "a key", cancellation);
    }

    private sealed class ReceiverCalls(string pipeline, SiloId silo, ISiloSlices service) : ISliceReceiver
    {
        private readonly string _what = $"silo {silo}";

        public ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation) => Calls.GuardAsync(service.ApplyAsync(pipeline, batch), _what, cancellation);

        public ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation) => Calls.GuardAsync(service.StatusAsync(pipeline), _what, cancellation);

        public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => Calls.GuardAsync(service.ReadAsync(pipeline, [.. keys.Select(k => k.View)], [.. keys.Select(k => k.Key)]), _what, cancellation);
    }

    private sealed class SinkCalls(string what, ISinkGrain grain) : ISinkWriter
    {
        public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation) => Calls.GuardAsync(grain.WriteAsync(rows), what, cancellation);

        public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) => Calls.GuardAsync(grain.StatusAsync(), what, cancellation);
    }

    private sealed class PipelineCalls(string pipeline, IPipelineGrain grain) : IPipelineControl
    {
        public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) => Calls.GuardAsync(grain.ReportAsync(report), pipeline, cancellation);

        public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => Calls.GuardAsync(grain.TimeAsync(), pipeline, cancellation);

        public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => Calls.GuardAsync(grain.OrderAsync(order), pipeline, cancellation);

        public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => Calls.GuardAsync(grain.OverviewAsync(), pipeline, cancellation);
    }
}
