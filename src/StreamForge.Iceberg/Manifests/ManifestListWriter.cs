using System.Buffers;
using System.Globalization;
using StreamForge.Formats.Avro.Files;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>Writes a snapshot's list of manifests (Iceberg specification, "Manifest Lists").</summary>
public static class ManifestListWriter
{
    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="manifests">All manifests of the snapshot, their sequence numbers given.</param>
    /// <param name="snapshotId">The snapshot.</param>
    /// <param name="parentSnapshotId">The one before, or null.</param>
    /// <param name="sequenceNumber">The snapshot's.</param>
    public static void Write(IBufferWriter<byte> output, IEnumerable<ManifestFile> manifests, long snapshotId, long? parentSnapshotId, long sequenceNumber)
    {
        using var file = new AvroFileWriter(output, ManifestSchemas.List,
        [
            new("format-version", TableMetadata.WrittenVersion.ToString(CultureInfo.InvariantCulture)),
            new("snapshot-id", snapshotId.ToString(CultureInfo.InvariantCulture)),
            new("parent-snapshot-id", parentSnapshotId?.ToString(CultureInfo.InvariantCulture) ?? "null"),
            new("sequence-number", sequenceNumber.ToString(CultureInfo.InvariantCulture)),
        ]);
        foreach (var manifest in manifests)
        {
            var record = file.Record;
            record.WriteString(manifest.Location);
            record.WriteLong(manifest.Length);
            record.WriteInt(manifest.SpecId);
            record.WriteInt(manifest.IsDeletes ? 1 : 0);
            record.WriteLong(manifest.SequenceNumber);
            record.WriteLong(manifest.MinSequenceNumber);
            record.WriteLong(manifest.AddedSnapshotId);
            record.WriteInt(manifest.AddedFiles ?? 0);
            record.WriteInt(manifest.ExistingFiles ?? 0);
            record.WriteInt(manifest.DeletedFiles ?? 0);
            record.WriteLong(manifest.AddedRows ?? 0);
            record.WriteLong(manifest.ExistingRows ?? 0);
            record.WriteLong(manifest.DeletedRows ?? 0);
            record.WritePresent();
            record.BeginItems(manifest.Partitions.Length);
            foreach (var summary in manifest.Partitions)
            {
                record.WriteBoolean(summary.ContainsNull);
                if (summary.ContainsNaN is { } nan)
                {
                    record.WritePresent();
                    record.WriteBoolean(nan);
                }
                else
                {
                    record.WriteNull();
                }
                ManifestWriter.WriteOptional(record, summary.Lower);
                ManifestWriter.WriteOptional(record, summary.Upper);
            }
            record.EndItems();
            ManifestWriter.WriteOptional(record, manifest.KeyMetadata);
            file.EndRecord();
        }
        file.Complete();
    }
}
