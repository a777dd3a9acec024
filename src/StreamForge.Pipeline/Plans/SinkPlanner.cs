using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// Checks what a sink makes of the rows that it is given. Several sinks may write into one table, as several pipelines may: each commits its own snapshots, and a column that one of them lacks is
/// null in its rows. They must agree on the table's partitions.
/// </summary>
internal static class SinkPlanner
{
    /// <summary>The sink with the parts that depend on its rows' columns; faults are added.</summary>
    public static SinkPlan Bind(SinkPlan sink, IEnumerable<SinkPlan> others, ImmutableArray<Fault>.Builder faults)
    {
        if (sink.Definition.Options is not IcebergSinkOptions table) return sink;
        var reserved = sink.Schema.Fields.Where(f => TableColumns.IsReserved(f.Name)).ToArray();
        foreach (var field in reserved)
            faults.Add(sink.Definition.Input.Location.Fault($"the column '{field.Name}' of {sink.Definition.Input} has a name that every table keeps for itself; rename it in a transformation, such as {field.Name.Trim('_')}"));
        if (reserved.Length > 0) return sink;
        foreach (var twins in sink.Schema.Fields.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            faults.Add(sink.Definition.Input.Location.Fault(
                $"the columns {string.Join(" and ", twins.Select(f => $"'{f.Name}'"))} of {sink.Definition.Input} differ only in case, which many readers of tables cannot tell apart; rename one in a transformation"));
        }
        var bound = sink with { PartitionBy = PartitionTerms.Bind(table.PartitionBy, TableColumns.Of(sink.Schema), faults) };
        if (bound.PartitionBy.Length < table.PartitionBy.Length) return bound;
        if (others.FirstOrDefault(o => o.Definition.Options is IcebergSinkOptions other && other.Name.Value == table.Name.Value && o.PartitionBy.Length == other.PartitionBy.Length && !o.PartitionBy.SequenceEqual(bound.PartitionBy)) is { } first)
            faults.Add(table.Name.Location.Fault($"the sink {first.Name} writes into {table.Name} too, partitioned by {Words(first.PartitionBy)}, not by {Words(bound.PartitionBy)}; give both the same 'partition_by'"));
        return bound;
    }

    private static string Words(ImmutableArray<PartitionTerm> terms) => terms.IsEmpty ? "nothing" : string.Join(", ", terms);
}
