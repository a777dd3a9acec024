using StreamForge.Core;
using StreamForge.Grains.Hosting;

namespace StreamForge.Silo.Reading;

/// <summary>What a node shows on <c>/metrics</c>: the pipelines and the cluster as it sees them, and what its own silo keeps and flushes. The names are described in docs/metrics.md. Safe from any thread.</summary>
/// <param name="counts">What the pipelines have done.</param>
internal sealed class ClusterMetrics(ClusterView cluster, IReadOnlyList<SiloPipeline> pipelines, IMetricsSource counts) : IMetricsSource
{
    private readonly (MetricLabel Label, SiloPipeline Pipeline)[] _pipelines = [.. pipelines.Select(p => (new MetricLabel("pipeline", p.Pipeline.Name), p))];

    public void Write(IMetricsWriter writer)
    {
        counts.Write(writer);
        var nodes = cluster.Nodes();
        writer.Metric("streamforge_cluster_nodes", "Nodes of the cluster by state, as this one sees them.", MetricType.Gauge);
        foreach (var state in Enum.GetValues<NodeState>()) writer.Sample(nodes.Count(n => n.State == state), new MetricLabel("state", state.ToString().ToLowerInvariant()));
        Partitions("streamforge_partition_received", "The next offset that a partition takes from its topic.", MetricType.Gauge, p => p.Received);
        Partitions("streamforge_partition_applied", "Everything before this offset is in the memory of its keys and sinks.", MetricType.Gauge, p => p.Applied);
        Partitions("streamforge_partition_durable", "Everything before this offset is in storage.", MetricType.Gauge, p => p.Durable);
        Partitions("streamforge_partition_lag", "Records that wait in the topic; absent where its end is not known.", MetricType.Gauge, p => p.Lag);
        Partitions("streamforge_partition_rewinds_total", "How often a partition has gone back to what is durable.", MetricType.Counter, p => p.Rewinds);
        Silo("streamforge_silo_keys", "Keys that are active in this silo.", MetricType.Gauge, p => ClusterView.KeysOf(p));
        Silo("streamforge_silo_dirty_keys", "Keys of this silo that wait for the next flush.", MetricType.Gauge, p => p.Batcher.DirtyKeys);
        Silo("streamforge_silo_loaded_keys_total", "Keys that this silo has loaded from storage, whether they were there or not.", MetricType.Counter, p => p.Batcher.LoadedKeys);
        Silo("streamforge_silo_written_keys_total", "Keys that this silo has written to storage.", MetricType.Counter, p => p.Batcher.WrittenKeys);
        Silo("streamforge_silo_lost_keys_total", "Keys that this silo has lost to another activation.", MetricType.Counter, p => p.Batcher.LostKeys);
        Silo("streamforge_silo_flush_seconds_total", "Time that this silo has spent flushing.", MetricType.Counter, p => p.Batcher.FlushTime.TotalSeconds);

        void Partitions(string name, string help, MetricType type, Func<PartitionPositions, double?> value)
        {
            writer.Metric(name, help, type);
            foreach (var partition in cluster.Seen)
            {
                if (value(partition) is { } number)
                    writer.Sample(number, new MetricLabel("pipeline", partition.Pipeline), new MetricLabel("source", partition.Source), new MetricLabel("partition", partition.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        void Silo(string name, string help, MetricType type, Func<SiloPipeline, double> value)
        {
            writer.Metric(name, help, type);
            foreach (var (label, pipeline) in _pipelines) writer.Sample(value(pipeline), label);
        }
    }
}
