using System.Collections.Immutable;
using StreamForge.Cluster.Partitions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Sinks;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Cluster.Transfer;

/// <summary>All records that the cluster keeps of a pipeline, read.</summary>
/// <param name="Names">Of every record that there is.</param>
/// <param name="Nodes">What nodes run; null where none has run and nothing was imported.</param>
/// <param name="Partitions">By index; null for one that has never been read.</param>
/// <param name="Sinks">Those whose commits are kept; null for one that has never written.</param>
public sealed record ClusterRecords(
    string Pipeline, ImmutableArray<string> Names, NodeDefinition? Nodes, DefinitionRecord Definition, PipelineRecord Order, ImmutableArray<PartitionRecord?> Partitions, ImmutableArray<SinkRecord?> Sinks)
{
    /// <summary>Reads them.</summary>
    /// <returns>null for a pipeline that has never run.</returns>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static ClusterRecords? Read(string pipeline, IReadOnlyList<(string Name, StoredRecord Record)> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        var byName = records.ToDictionary(static r => r.Name, static r => r.Record.Content, StringComparer.Ordinal);
        T? Find<T>(string name) where T : class => byName.TryGetValue(name, out var content) ? RecordJson.Deserialize<T>(name, content) : null;
        if (Find<DefinitionRecord>(DefinitionRecord.Name) is not { } definition || Find<PipelineRecord>(PipelineRecord.Name) is not { } order) return null;
        return new ClusterRecords(
            pipeline, [.. byName.Keys.Order(StringComparer.Ordinal)], byName.TryGetValue(NodeDefinition.Name, out var nodes) ? NodeDefinition.Parse(pipeline, nodes) : null, definition, order,
            [.. definition.Partitions.Select(p => Find<PartitionRecord>(PartitionRecord.NameOf(p)))], [.. definition.Kept.Sinks.Select(s => Find<SinkRecord>(SinkRecord.NameOf(s)))]);
    }

    /// <summary>The state's number: that of the newest commit, or of the state as it was imported or moved last.</summary>
    public long Checkpoint => Math.Max(Math.Max(1, Definition.Checkpoint), Sinks.Max(static s => s?.Checkpoint) ?? 1);

    /// <summary>For each partition everything before this offset is in storage.</summary>
    public ImmutableArray<long> Durable => [.. Partitions.Select(static p => p?.Durable ?? 0)];

    /// <summary>The state as comparisons see it.</summary>
    public LiveState Live => new(
        Checkpoint, Order.Watermark,
        [
            .. Definition.Partitions.Zip(Partitions).Where(static p => p.Second is not null)
                .Select(static p => new LivePartition(p.First.Source, p.First.Partition, new BatchOrigin(p.First, "").Describe(p.Second!.Durable), p.Second.NewestEvent)
                {
                    Images = p.Second.ImageColumns is { } columns ? ImageColumns.Parse(columns) : null,
                }),
        ],
        Definition.Kept.Views, Definition.Kept.Sinks);
}
