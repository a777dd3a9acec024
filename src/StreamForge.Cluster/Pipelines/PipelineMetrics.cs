using System.Globalization;
using StreamForge.Core;

namespace StreamForge.Cluster.Pipelines;

/// <summary>What the cluster's pipelines show on <c>/metrics</c>, as they were seen last: the names of the embedded host, described in docs/metrics.md. Counts begin with the activations that report them. Safe from any thread.</summary>
public sealed class PipelineMetrics(ClusterPipelineReader pipelines) : IMetricsSource
{
    public void Write(IMetricsWriter writer)
    {
        var all = pipelines.Sights.Select(s => (Label: new MetricLabel("pipeline", s.Plan.Name), Sight: s, Counts: s.Reports.Select(static r => r.Counts).ToArray())).ToArray();
        Total("streamforge_events_total", "Events read from the sources, decodable or not.", static c => c.Events);
        Total("streamforge_rows_total", "Rows after the last transformation.", static c => c.Rows);
        Total("streamforge_dead_letters_total", "Events that could not be taken in.", static c => c.DeadLetters);
        Total("streamforge_late_events_total", "Events that missed at least one window.", static c => c.Late);
        Total("streamforge_null_keys_total", "Rows outside a view because a column of its key is null.", static c => c.NullKeys);
        Total("streamforge_unexpected_rows_total", "Rows that fail a 'should' expectation.", static c => c.Unexpected);
        Total("streamforge_passed_over_events_total", "Events that change nothing by themselves: records without a value, and records of a changelog that are no change of a row.", static c => c.PassedOver);
        Total("streamforge_duplicate_changes_total", "Events of changelogs that had come before and were left out.", static c => c.Duplicates);
        Total("streamforge_truncates_total", "Truncates of changelogs.", static c => c.Truncates);
        writer.Metric("streamforge_watermark_seconds", "The pipeline's watermark, in seconds since 1970; absent before there is one.", MetricType.Gauge);
        foreach (var (label, sight, _) in all)
        {
            if (sight.Overview.Time.Watermark != EventTime.MinValue) writer.Sample(sight.Overview.Time.Watermark / 1e6, label);
        }
        View("streamforge_view_degraded", "Changes of which something was missing, so that the view's numbers may be wrong, since the pipeline was first started.", MetricType.Gauge, static (sight, view) => sight.Orphans[view]);
        View("streamforge_expired_changes_total", "Updates and deletes that met nothing but what the view had dropped.", MetricType.Counter, static (sight, view) => sight.Reports.Sum(r => r.Counts.ExpiredOf(view)));
        Images("streamforge_stored_rows", "Rows whose last image is stored.", static r => r.Images.Rows);
        Images("streamforge_stored_bytes", "Bytes of stored images and their keys.", static r => r.Images.Bytes);

        void Total(string name, string help, Func<PartitionCounts, long> value)
        {
            writer.Metric(name, help, MetricType.Counter);
            foreach (var (label, _, counts) in all) writer.Sample(counts.Sum(value), label);
        }

        void View(string name, string help, MetricType type, Func<PipelineSight, int, long> value)
        {
            writer.Metric(name, help, type);
            foreach (var (label, sight, _) in all)
            {
                for (var view = 0; view < sight.Plan.Views.Length; view++) writer.Sample(value(sight, view), label, new MetricLabel("view", sight.Plan.Views[view].Name));
            }
        }

        void Images(string name, string help, Func<PartitionReport, long> value)
        {
            writer.Metric(name, help, MetricType.Gauge);
            foreach (var (label, sight, _) in all)
            {
                foreach (var report in sight.Reports.Where(static r => r.Images.Rows > 0))
                {
                    var partition = sight.Overview.Names[report.Partition];
                    writer.Sample(value(report), label, new MetricLabel("source", partition.Source), new MetricLabel("partition", partition.Partition.ToString(CultureInfo.InvariantCulture)));
                }
            }
        }
    }
}
