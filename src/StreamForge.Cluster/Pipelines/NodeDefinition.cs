using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Cluster.Pipelines;

/// <summary>A column of a source as <see cref="NodeDefinition"/> keeps it.</summary>
public sealed record NodeColumn(string Name, string Type);

/// <summary>
/// What a cluster runs under a pipeline's name, as its storage keeps it: every node must run the same. It holds the schemas that were inferred when the pipeline first ran, so that every node has the same columns whatever the
/// topic's first records are by then, and the partitions in the order in which they were found: their order is their index everywhere.
/// </summary>
/// <param name="Hash">Of the file's text and the values of its variables; empty where the state has come from elsewhere.</param>
/// <param name="Schemas">Each source's columns.</param>
/// <param name="Partitions">Of all sources; new ones come to the end.</param>
public sealed record NodeDefinition(string Hash, ImmutableDictionary<string, ImmutableArray<NodeColumn>> Schemas, ImmutableArray<PartitionId> Partitions)
{
    /// <summary>The record's name.</summary>
    public const string Name = "nodes/definition";

    /// <summary>The definition in words, as the embedded host's catalog has it, as JSON; null where an earlier version has written the record.</summary>
    public string? Entry { get; init; }

    /// <summary>The cluster whose nodes ran it last; null where that is not known.</summary>
    public string? Cluster { get; init; }

    /// <summary>From when on features count that have not counted since the log's beginning, by view.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<StateSince>> Since { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<StateSince>>.Empty;

    /// <summary>From which moment on parts of views count rows of a changelog, by view, where that is not always.</summary>
    public ImmutableSortedDictionary<string, ViewFloors> Floors { get; init; } = ImmutableSortedDictionary<string, ViewFloors>.Empty;

    /// <summary>What is kept, and its version; null and 0 where nothing is.</summary>
    public static async Task<(NodeDefinition? Record, long Version)> LoadAsync(IRecordStorage records, string pipeline, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(records);
        return await records.LoadAsync(Name, cancellation) is { } stored ? (Parse(pipeline, stored.Content), stored.Version) : (null, 0);
    }

    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public static NodeDefinition Parse(string pipeline, byte[] content)
    {
        try
        {
            if (JsonSerializer.Deserialize<NodeDefinition>(content) is { } record) return record;
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new StreamForgeException(ErrorKind.Corrupt, $"the definition that the cluster's storage keeps of {pipeline} is damaged; restore the database from a backup");
    }

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Replaces what was kept.</summary>
    /// <param name="expected">The version that was loaded.</param>
    /// <param name="writer">Unique for this write.</param>
    /// <returns>false when another node was faster.</returns>
    public ValueTask<bool> TryWriteAsync(IRecordStorage records, long expected, Guid writer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(records);
        return records.TryWriteAsync(new RecordWrite(Name, expected, writer, Serialize(), [], []), cancellation);
    }

    /// <summary>The columns as a loader takes them.</summary>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    public Dictionary<string, Schema> ReadSchemas() => Schemas.ToDictionary(static s => s.Key, static s => new Schema(s.Value.Select(Field)), StringComparer.Ordinal);

    /// <summary>The plan of the definition with from when on its features and parts count.</summary>
    public PipelinePlan Restore(PipelinePlan plan) => PlanFloors.With(PlanSince.With(plan, ReadSince()), Floors);

    private Dictionary<string, ImmutableSortedDictionary<string, FeatureSince>> ReadSince() => Since.ToDictionary(
        static v => v.Key, static v => v.Value.ToImmutableSortedDictionary(static s => s.Feature, static s => new FeatureSince(s.Time, s.WholeFrom, s.Positions), StringComparer.Ordinal), StringComparer.Ordinal);

    private static Field Field(NodeColumn column) =>
        new(column.Name, DataType.TryParse(column.Type, out var type) ? type : throw new StreamForgeException(ErrorKind.Corrupt, $"the definition that the cluster's storage keeps names an unknown type {column.Type}"));
}
