using System.Collections.Immutable;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Sinks;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Cluster.Transfer;

/// <summary>
/// What becomes of everything that the cluster keeps of a pipeline when its definition is changed. It is what an export, the same change in a data directory and an import would make of it, without the detour. Pure.
/// <para>
/// At rest the positions in keys' states are not needed any more, so states are written without them; partitions may then have other indexes, as those of sources that are gone leave theirs.
/// </para>
/// </summary>
public sealed class ClusterChange
{
    private readonly ClusterRecords _records;
    private readonly PipelinePlan _now;
    private readonly DefinitionChange _change;
    private readonly NodeDefinition _nodes;

    /// <param name="header">The state of <paramref name="records"/>, at rest.</param>
    /// <param name="was">The plan of the kept definition.</param>
    /// <param name="now">The plan of the changed one.</param>
    /// <param name="change">Their comparison, in which nothing is refused.</param>
    /// <param name="nodes">What nodes are to run; its partitions, since and floors are filled in here.</param>
    public ClusterChange(StateHeader header, ClusterRecords records, PipelinePlan was, PipelinePlan now, DefinitionChange change, NodeDefinition nodes)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(was);
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(nodes);
        (_records, _now, _change, _nodes, Before) = (records, now, change, nodes, header);
        var kept = records.Definition.Partitions.Index().Where(p => change.Sources.Contains(p.Item.Source)).ToArray();
        Partitions = [.. kept.Select(static p => p.Item)];
        Indexes = [.. records.Definition.Partitions.Select((_, old) => Array.FindIndex(kept, p => p.Index == old))];
        var images = header.Partitions.Where(static p => p.Images is not null).ToDictionary(static p => new PartitionId(p.Source, p.Partition), static p => p.Images!.Columns);
        ImagesToMove = images.Where(i => Indexes[records.Definition.Partitions.IndexOf(i.Key)] >= 0 && i.Value != ImageColumns.Of(now.Source(i.Key.Source).Columns))
            .ToImmutableDictionary(static i => i.Key, i => new ImageMigration(ImageColumns.Parse(i.Value), now.Source(i.Key.Source).Columns));
        After = header with
        {
            Checkpoint = header.Checkpoint + 1,
            Sources = [.. now.Sources.Select(static s => new StateSource(s.Name, ClusterState.Kafka))],
            Partitions = [.. header.Partitions.Where(p => change.Sources.Contains(p.Source))],
            Views = [.. now.Views.Select((view, i) => View(view, change.Views[i], now.Emits(i), header))],
            Sinks = [.. header.Sinks.Where(s => change.Sinks.Contains(s.Name))],
            Definition = nodes.Entry,
        };
        Views = [.. header.Views.Select((view, kept) => Move(view.Name, kept, was))];
    }

    /// <summary>The state as it was.</summary>
    public StateHeader Before { get; }

    /// <summary>The header of the moved state; its numbers of bytes of images that are moved are those of before.</summary>
    public StateHeader After { get; }

    /// <summary>The partitions by their new indexes.</summary>
    public ImmutableArray<PartitionId> Partitions { get; }

    /// <summary>By the old index of each partition the new one; -1 when it goes.</summary>
    public ImmutableArray<int> Indexes { get; }

    /// <summary>How the images of partitions are moved that have other columns now.</summary>
    public ImmutableDictionary<PartitionId, ImageMigration> ImagesToMove { get; }

    /// <summary>What becomes of the keys of each kept view, in the order of <see cref="Before"/>; null when they go.</summary>
    public ImmutableArray<ViewMove?> Views { get; }

    /// <summary>All records of the moved state; what is not among them goes. The pipeline runs as soon as a silo does.</summary>
    /// <param name="images">Bytes of images that were moved, by partition.</param>
    public IEnumerable<(string Name, byte[] Content)> Records(IReadOnlyDictionary<PartitionId, long> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        yield return (DefinitionRecord.Name, RecordJson.Serialize(ClusterState.Definition(After, Partitions)));
        yield return (PipelineRecord.Name, RecordJson.Serialize(_records.Order with { Order = PipelineOrder.Run, Start = _records.Order.Start + 1, Failure = null }));
        yield return (NodeDefinition.Name, (_nodes with { Partitions = Partitions, Since = ClusterState.Since(After), Floors = ClusterState.Floors(After) }).Serialize());
        foreach (var partition in After.Partitions)
        {
            var id = new PartitionId(partition.Source, partition.Partition);
            var record = ClusterState.Partition(After, partition) with { Orphans = _records.Partitions[_records.Definition.Partitions.IndexOf(id)]!.Orphans };
            if (images.TryGetValue(id, out var bytes)) record = record with { Images = record.Images with { Bytes = bytes }, ImageColumns = ImageColumns.Of(_now.Source(id.Source).Columns) };
            yield return (PartitionRecord.NameOf(id), RecordJson.Serialize(record));
        }
        foreach (var sink in After.Sinks)
        {
            var old = _records.Sinks[_records.Definition.Kept.Sinks.IndexOf(sink.Name)];
            if (old is not null) yield return (SinkRecord.NameOf(sink.Name), RecordJson.Serialize(ClusterState.Sink(After, Partitions, sink) with { ClosedRows = old.ClosedRows }));
        }
    }

    private ViewMove? Move(string name, int kept, PipelinePlan was)
    {
        if (_change.Views.Index().FirstOrDefault(v => v.Item.Kept == kept, (Index: -1, Item: null!)) is not { Index: >= 0 } moved) return null;
        var layout = was.Views.First(v => v.Name == name).Layout;
        var (view, emits) = (_now.Views[moved.Index], _now.Emits(moved.Index));
        var isSame = view.Fits(Before.Views[kept].Fingerprint) && Indexes.Index().All(static i => i.Index == i.Item) && emits == Before.Views[kept].ClosedRows is not null
            && (!emits || WindowMigration.KeepsNumbers(layout, view.Layout));
        return new ViewMove(After, moved.Index, view.Layout, moved.Item.Migration!, new WindowMigration(layout, view.Layout, emits, moved.Item.BeginsToEmit, Before.Watermark)) { IsSame = isSame };
    }

    private static StateView View(ViewPlan view, ViewChange change, bool emits, StateHeader before) =>
        new(view.Name, view.Fingerprint, emits ? (change.Kept < 0 ? null : before.Views[change.Kept].ClosedRows) ?? 0 : null)
        {
            Since = [.. change.Since.Select(static s => new StateSince(s.Key, s.Value.Time, s.Value.WholeFrom, s.Value.Positions))],
            Floors = change.Floors,
        };
}
