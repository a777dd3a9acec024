using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Readers;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// Where shards write what they find when rows are taken out: rows that a view has not counted. They find it behind the readers, so a checkpoint of a pipeline with changelogs syncs the ledger only when every
/// shard has answered its barrier (see <see cref="Checkpoints.CheckpointCoordinator"/>); then the ledger has a record exactly if the state has met the row.
/// </summary>
internal sealed class OrphanLedger(PipelinePlan plan, LedgerFile late, EngineCounters counters)
{
    /// <summary>Any shard's thread.</summary>
    public void Add(ViewSlice slice, IReadOnlyList<OrphanRow> orphans)
    {
        late.Append([.. orphans.Select(o => Record(plan.Views[slice.View], slice, o.Row))]);
        counters.AddOrphans(slice.View, orphans.Count);
    }

    public static LateRecord Record(ViewPlan view, ViewSlice slice, int row)
    {
        var batch = slice.Batch;
        return new LateRecord(
            batch.Origin.Partition, batch.PositionText(row), slice.Rows.Times[row], slice.Rows.Watermarks[row], ImmutableArray<string>.Empty, ImageJson.Of(batch.Schema, batch.Columns, row))
        {
            Reason = $"orphan: the view {view.Name} has not counted the row that is taken out",
        };
    }
}
