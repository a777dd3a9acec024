using StreamForge.Core;
using StreamForge.Embedded;

namespace StreamForge.Cli.Running;

/// <summary>What the engines of this process show on <c>/metrics</c>; the names are described in docs/metrics.md.</summary>
internal sealed class EngineMetrics : IMetricsSource
{
    private IReadOnlyList<RunningPipeline> _pipelines = [];

    /// <summary>The pipelines to show.</summary>
    public void Show(IReadOnlyList<RunningPipeline> pipelines) => Volatile.Write(ref _pipelines, pipelines);

    public void Write(IMetricsWriter writer)
    {
        var all = Volatile.Read(ref _pipelines).Select(p => (Label: new MetricLabel("pipeline", p.Name), Status: p.Status())).ToArray();
        Each("streamforge_events_total", "Events read from the sources, decodable or not.", MetricType.Counter, s => s.Events);
        Each("streamforge_source_bytes_total", "Uncompressed bytes read from the sources.", MetricType.Counter, s => s.Bytes);
        Each("streamforge_rows_total", "Rows after the last transformation.", MetricType.Counter, s => s.Rows);
        Each("streamforge_dead_letters_total", "Events that could not be taken in.", MetricType.Counter, s => s.DeadLetters);
        Each("streamforge_late_events_total", "Events that missed at least one window.", MetricType.Counter, s => s.Late);
        Each("streamforge_null_keys_total", "Rows outside a view because a column of its key is null.", MetricType.Counter, s => s.NullKeys);
        Each("streamforge_unexpected_rows_total", "Rows that fail a 'should' expectation.", MetricType.Counter, s => s.Unexpected);
        Each("streamforge_passed_over_events_total", "Events that change nothing by themselves: Kafka records without a value.", MetricType.Counter, s => s.PassedOver);
        Each("streamforge_watermark_seconds", "The pipeline's watermark, in seconds since 1970; absent before there is one.", MetricType.Gauge, s => s.Watermark == EventTime.MinValue ? null : s.Watermark / 1e6);
        Each("streamforge_source_progress_ratio", "Share of the sources' present input that has been read; absent where it has no end.", MetricType.Gauge, s => s.Progress);
        Each("streamforge_checkpoint_id", "The newest published checkpoint; 0 before the first.", MetricType.Gauge, s => s.Checkpoint);
        Each("streamforge_checkpoint_state_bytes", "Bytes of state in the newest checkpoint.", MetricType.Gauge, s => s.CheckpointBytes);
        Each("streamforge_checkpoint_copied_bytes", "The most memory that the last checkpoint took to copy pages ahead of being written.", MetricType.Gauge, s => s.PagesAheadBytes);
        writer.Metric("streamforge_view_keys", "Keys that a view holds.", MetricType.Gauge);
        foreach (var (label, status) in all)
        {
            foreach (var view in status.Views) writer.Sample(view.Keys, label, new MetricLabel("view", view.Name));
        }
        writer.Metric("streamforge_view_bytes", "Memory that a view's state takes, in bytes.", MetricType.Gauge);
        foreach (var (label, status) in all)
        {
            foreach (var view in status.Views) writer.Sample(view.Bytes, label, new MetricLabel("view", view.Name));
        }
        writer.Metric("streamforge_sink_rows_total", "Rows written to a sink, committed or not.", MetricType.Counter);
        foreach (var (label, status) in all)
        {
            foreach (var sink in status.Sinks) writer.Sample(sink.Rows, label, new MetricLabel("sink", sink.Name));
        }
        Table("streamforge_sink_snapshots_total", "Snapshots that a sink has committed to its table.", MetricType.Counter, t => t.Snapshots);
        Table("streamforge_sink_files_total", "Data files that a sink has committed to its table.", MetricType.Counter, t => t.Files);
        Table("streamforge_sink_bytes_total", "Bytes of the data files that a sink has committed to its table.", MetricType.Counter, t => t.Bytes);
        Table("streamforge_sink_snapshot_seconds", "When the newest snapshot of a sink's table was made, in seconds since 1970; absent before the first.", MetricType.Gauge, t => t.SnapshotTime?.ToUnixTimeMilliseconds() / 1e3);

        void Table(string name, string help, MetricType type, Func<TableStatus, double?> value)
        {
            writer.Metric(name, help, type);
            foreach (var (label, status) in all)
            {
                foreach (var sink in status.Sinks)
                {
                    if (sink.Table is { } table && value(table) is { } number) writer.Sample(number, label, new MetricLabel("sink", sink.Name));
                }
            }
        }

        void Each(string name, string help, MetricType type, Func<EngineStatus, double?> value)
        {
            writer.Metric(name, help, type);
            foreach (var (label, status) in all)
            {
                if (value(status) is { } number) writer.Sample(number, label);
            }
        }
    }
}
