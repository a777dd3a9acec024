using System.Globalization;
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
        Each("streamforge_passed_over_events_total", "Events that change nothing by themselves: records without a value, and records of a changelog that are no change of a row.", MetricType.Counter, s => s.PassedOver);
        Each("streamforge_duplicate_changes_total", "Events of changelogs that had come before and were left out.", MetricType.Counter, s => s.Duplicates);
        Each("streamforge_truncates_total", "Truncates of changelogs.", MetricType.Counter, s => s.Truncates);
        Each("streamforge_watermark_seconds", "The pipeline's watermark, in seconds since 1970; absent before there is one.", MetricType.Gauge, s => s.Watermark == EventTime.MinValue ? null : s.Watermark / 1e6);
        Each("streamforge_source_progress_ratio", "Share of the sources' present input that has been read; absent where it has no end.", MetricType.Gauge, s => s.Progress);
        Each("streamforge_checkpoint_id", "The newest published checkpoint; 0 before the first.", MetricType.Gauge, s => s.Checkpoint);
        Each("streamforge_checkpoint_state_bytes", "Bytes of state in the newest checkpoint.", MetricType.Gauge, s => s.CheckpointBytes);
        Each("streamforge_checkpoint_copied_bytes", "The most memory that the last checkpoint took to copy pages ahead of being written.", MetricType.Gauge, s => s.PagesAheadBytes);
        View("streamforge_view_keys", "Keys that a view holds.", MetricType.Gauge, v => v.Keys);
        View("streamforge_view_bytes", "Memory that a view's state takes, in bytes.", MetricType.Gauge, v => v.Bytes);
        View("streamforge_view_degraded", "Changes of which something was missing, so that the view's numbers may be wrong, since the pipeline was first started.", MetricType.Gauge, v => v.Degraded);
        View("streamforge_expired_changes_total", "Updates and deletes that met nothing but what the view had dropped.", MetricType.Counter, v => v.Expired);
        Images("streamforge_stored_rows", "Rows whose last image is stored.", i => i.Rows);
        Images("streamforge_stored_bytes", "Bytes of stored images and their keys.", i => i.Bytes);
        Images("streamforge_stored_memory_bytes", "Memory that stored images take.", i => i.Memory);
        writer.Metric("streamforge_sink_rows_total", "Rows written to a sink, committed or not.", MetricType.Counter);
        foreach (var (label, status) in all)
        {
            foreach (var sink in status.Sinks) writer.Sample(sink.Rows, label, new MetricLabel("sink", sink.Name));
        }
        Table("streamforge_sink_snapshots_total", "Snapshots that a sink has committed to its table.", MetricType.Counter, t => t.Snapshots);
        Table("streamforge_sink_files_total", "Data files that a sink has committed to its table.", MetricType.Counter, t => t.Files);
        Table("streamforge_sink_bytes_total", "Bytes of the data files that a sink has committed to its table.", MetricType.Counter, t => t.Bytes);
        Table("streamforge_sink_snapshot_seconds", "When the newest snapshot of a sink's table was made, in seconds since 1970; absent before the first.", MetricType.Gauge, t => t.SnapshotTime?.ToUnixTimeMilliseconds() / 1e3);

        void View(string name, string help, MetricType type, Func<ViewStatus, double> value)
        {
            writer.Metric(name, help, type);
            foreach (var (label, status) in all)
            {
                foreach (var view in status.Views) writer.Sample(value(view), label, new MetricLabel("view", view.Name));
            }
        }

        void Images(string name, string help, Func<ImagesStatus, double> value)
        {
            writer.Metric(name, help, MetricType.Gauge);
            foreach (var (label, status) in all)
            {
                foreach (var partition in status.Partitions)
                {
                    if (partition.Images is { } images) writer.Sample(value(images), label, new MetricLabel("source", partition.Source), new MetricLabel("partition", partition.Partition.ToString(CultureInfo.InvariantCulture)));
                }
            }
        }

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
