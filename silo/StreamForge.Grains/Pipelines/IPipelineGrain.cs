using Orleans.Concurrency;
using StreamForge.Cluster.Pipelines;

namespace StreamForge.Grains.Pipelines;

/// <summary>The pipeline's own part (see <see cref="Cluster.Ports.IPipelineControl"/>); its key is the pipeline's name.</summary>
[Alias("StreamForge.IPipelineGrain")]
internal interface IPipelineGrain : IGrainWithStringKey
{
    [Alias("Report"), AlwaysInterleave]
    ValueTask<PipelineTime> ReportAsync([Immutable] PartitionReport report);

    [Alias("Time"), AlwaysInterleave]
    ValueTask<PipelineTime> TimeAsync();

    [Alias("Order"), AlwaysInterleave]
    ValueTask OrderAsync(PipelineOrder order);

    [Alias("Overview"), AlwaysInterleave]
    ValueTask<PipelineOverview> OverviewAsync();
}
