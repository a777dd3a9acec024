using System.Collections.Immutable;
using System.Text.Json;

namespace StreamForge.Iceberg.Spec;

/// <summary>
/// A state of a table (Iceberg specification, "Snapshots"). Its JSON is kept as it was read or first written, members that are not known among it: a table of a thousand snapshots writes each again with every commit.
/// </summary>
public sealed class Snapshot
{
    /// <summary>The property of the summary that names the commit which made the snapshot.</summary>
    public const string CommitProperty = "streamforge.commit";

    /// <summary>A new snapshot.</summary>
    public Snapshot(long snapshotId, long? parentSnapshotId, long sequenceNumber, long timestampMs, ImmutableSortedDictionary<string, string> summary, string manifestList, int schemaId)
    {
        (SnapshotId, ParentSnapshotId, SequenceNumber, TimestampMs, Summary, ManifestList, SchemaId) = (snapshotId, parentSnapshotId, sequenceNumber, timestampMs, summary, manifestList, schemaId);
        CommitId = Summary.GetValueOrDefault(CommitProperty);
        Json = Print();
    }

    internal Snapshot(MetadataJson json)
    {
        SnapshotId = json.Member("snapshot-id").SnapshotId();
        ParentSnapshotId = json.Find("parent-snapshot-id")?.SnapshotId();
        SequenceNumber = json.Find("sequence-number")?.Long() ?? 0;
        TimestampMs = json.Member("timestamp-ms").Long();
        SchemaId = json.Find("schema-id")?.Int();
        ManifestList = json.Find("manifest-list")?.Text();
        Manifests = json.Find("manifests")?.Items().Select(item => item.Text()).ToImmutableArray() ?? [];
        Summary = json.Find("summary") is { } summary
            ? ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, summary.Members().Select(member => KeyValuePair.Create(member.Name, member.Value.IsText ? member.Value.Text() : member.Value.Element.GetRawText())))
            : ImmutableSortedDictionary<string, string>.Empty;
        if (ManifestList is null && Manifests.IsEmpty && json.Find("manifests") is null) throw json.Fault("has no member 'manifest-list'");
        CommitId = Summary.GetValueOrDefault(CommitProperty);
        Json = json.Raw();
    }

    public long SnapshotId { get; }

    public long? ParentSnapshotId { get; }

    /// <summary>0 in tables of version 1.</summary>
    public long SequenceNumber { get; }

    public long TimestampMs { get; }

    public int? SchemaId { get; }

    /// <summary>Where the list of manifests is; null only in tables of version 1 that name <see cref="Manifests"/> themselves.</summary>
    public string? ManifestList { get; }

    public ImmutableArray<string> Manifests { get; } = [];

    /// <summary>The operation and what it changed; empty when the writer kept none.</summary>
    public ImmutableSortedDictionary<string, string> Summary { get; }

    /// <summary>The commit of ours that made it, or null.</summary>
    public string? CommitId { get; }

    /// <summary>append, replace, overwrite or delete; null when the writer kept none.</summary>
    public string? Operation => Summary.GetValueOrDefault("operation");

    /// <summary>The snapshot as it stands in metadata, UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    private byte[] Print()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, MetadataPrinter.Options))
        {
            json.WriteStartObject();
            json.WriteNumber("sequence-number", SequenceNumber);
            json.WriteNumber("snapshot-id", SnapshotId);
            if (ParentSnapshotId is { } parent) json.WriteNumber("parent-snapshot-id", parent);
            json.WriteNumber("timestamp-ms", TimestampMs);
            json.WriteStartObject("summary");
            if (Operation is { } operation) json.WriteString("operation", operation);
            foreach (var (key, value) in Summary)
            {
                if (key != "operation") json.WriteString(key, value);
            }
            json.WriteEndObject();
            json.WriteString("manifest-list", ManifestList);
            if (SchemaId is { } schema) json.WriteNumber("schema-id", schema);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}

/// <summary>A name for a snapshot (Iceberg specification, "Snapshot References").</summary>
/// <param name="SnapshotId">The snapshot that it names now.</param>
/// <param name="Type"><c>branch</c> or <c>tag</c>.</param>
/// <param name="MinSnapshotsToKeep">Of a branch, or null.</param>
/// <param name="MaxSnapshotAgeMs">Of a branch, or null.</param>
/// <param name="MaxRefAgeMs">Or null.</param>
public sealed record SnapshotRef(long SnapshotId, string Type, int? MinSnapshotsToKeep = null, long? MaxSnapshotAgeMs = null, long? MaxRefAgeMs = null)
{
    /// <summary>The branch that is the table.</summary>
    public const string Main = "main";
}

/// <summary>When a snapshot became the current one.</summary>
public sealed record SnapshotLogEntry(long TimestampMs, long SnapshotId);

/// <summary>An earlier metadata file.</summary>
public sealed record MetadataLogEntry(long TimestampMs, string MetadataFile);
