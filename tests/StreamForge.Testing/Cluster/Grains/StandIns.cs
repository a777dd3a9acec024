#pragma warning disable
using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Cluster.Network;
namespace StreamForge.Testing.Cluster.Grains;
internal sealed class StandInPipeline(int partitions, int views) : ISimulatedGrain, IPipelineControl
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<object, object> x = new();
    private readonly (long W, PartitionActivity A)[] _p = Enumerable.Repeat((EventTime.MinValue, PartitionActivity.Active), partitions).ToArray();
    public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) { _p[report.Partition] = (report.Watermark, report.Activity); return TimeAsync(default); }
    public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => new(new PipelineTime(PipelineOrder.Run, _p.Min(p => p.W), EventTime.MinValue, [.. Enumerable.Repeat(0L, views)], [.. _p], null));
    public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => default;
    public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => default;
}
internal sealed class StandInSink(Guid id, int partitions) : ISimulatedGrain, ISinkWriter
{
    public ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation) => new(new SinkAnswer(false, id));
    public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation) => new(new SinkStatus(id, Enumerable.Range(0, partitions).ToImmutableDictionary(i => i, i => long.MaxValue)));
}
