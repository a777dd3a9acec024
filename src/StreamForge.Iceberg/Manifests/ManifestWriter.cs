using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Compression;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>
/// Writes a manifest of version 2 (Iceberg specification, "Manifests"). Files added by the snapshot being committed leave their sequence numbers out and inherit them from the manifest list, so that a
/// commit that has to be repeated on newer metadata need not write the manifest again; all others say theirs.
/// </summary>
public static class ManifestWriter
{
    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="location">Where the file will be.</param>
    /// <param name="schema">The table's schema.</param>
    /// <param name="spec">The spec of all entries.</param>
    /// <param name="entries">Added ones are of <paramref name="snapshotId"/>.</param>
    /// <param name="snapshotId">The snapshot that the manifest is written for.</param>
    /// <returns>The manifest for its list; the sequence number is still to be given.</returns>
    public static ManifestFile Write(IBufferWriter<byte> output, string location, TableSchema schema, PartitionSpec spec, IReadOnlyCollection<ManifestEntry> entries, long snapshotId)
    {
        var partition = spec.PartitionType(schema);
        using var file = new AvroFileWriter(output, ManifestSchemas.Entry(partition), Header(schema, spec), CompressionCodec.Gzip);
        var summaries = partition.Fields.Select(field => new SummaryBuilder((PrimitiveType)field.Type)).ToArray();
        int added = 0, existing = 0, deleted = 0;
        long addedRows = 0, existingRows = 0, deletedRows = 0, least = long.MaxValue;
        foreach (var entry in entries)
        {
            switch (entry.Status)
            {
                case EntryStatus.Added: added++; addedRows += entry.File.Records; break;
                case EntryStatus.Existing: existing++; existingRows += entry.File.Records; break;
                default: deleted++; deletedRows += entry.File.Records; break;
            }
            if (entry.Status != EntryStatus.Deleted && entry.SequenceNumber is { } sequence) least = Math.Min(least, sequence);
            for (var i = 0; i < summaries.Length; i++) summaries[i].Add(entry.File.Partition[i]);
            WriteEntry(file.Record, entry, partition);
            file.EndRecord();
        }
        file.Complete();
        return new ManifestFile
        {
            Location = location,
            Length = file.Bytes,
            SpecId = spec.SpecId,
            MinSequenceNumber = least,
            AddedSnapshotId = snapshotId,
            AddedFiles = added,
            ExistingFiles = existing,
            DeletedFiles = deleted,
            AddedRows = addedRows,
            ExistingRows = existingRows,
            DeletedRows = deletedRows,
            Partitions = [.. summaries.Select(summary => summary.Build())],
        };
    }

    private static KeyValuePair<string, string>[] Header(TableSchema schema, PartitionSpec spec) =>
    [
        new("schema", Text(json => TypeJson.Write(json, schema))),
        new("schema-id", schema.SchemaId.ToString(CultureInfo.InvariantCulture)),
        new("partition-spec", Text(json => PartitionJson.WriteFields(json, spec))),
        new("partition-spec-id", spec.SpecId.ToString(CultureInfo.InvariantCulture)),
        new("format-version", TableMetadata.WrittenVersion.ToString(CultureInfo.InvariantCulture)),
        new("content", "data"),
    ];

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, MetadataPrinter.Options)) write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteEntry(AvroWriter record, ManifestEntry entry, StructType partition)
    {
        record.WriteInt((int)entry.Status);
        WriteOptional(record, entry.SnapshotId);
        WriteOptional(record, entry.SequenceNumber);
        WriteOptional(record, entry.FileSequenceNumber);
        var file = entry.File;
        record.WriteInt((int)file.Content);
        record.WriteString(file.Location);
        record.WriteString(file.Format);
        for (var i = 0; i < partition.Fields.Length; i++) WritePartition(record, (PrimitiveType)partition.Fields[i].Type, file.Partition[i]);
        record.WriteLong(file.Records);
        record.WriteLong(file.Bytes);
        WriteCounts(record, file.Columns, column => column.Bytes);
        WriteCounts(record, file.Columns, column => column.Values);
        WriteCounts(record, file.Columns, column => column.Nulls);
        WriteCounts(record, file.Columns, column => column.NaNs);
        WriteBounds(record, file.Columns, column => column.Lower);
        WriteBounds(record, file.Columns, column => column.Upper);
        WriteOptional(record, file.KeyMetadata);
        WriteItems(record, file.SplitOffsets);
        WriteItems(record, [.. file.EqualityIds.Select(id => (long)id)]);
        WriteOptional(record, file.SortOrderId);
        if (file.ReferencedDataFile is null)
        {
            record.WriteNull();
        }
        else
        {
            record.WritePresent();
            record.WriteString(file.ReferencedDataFile);
        }
    }

    private static void WritePartition(AvroWriter record, PrimitiveType type, Literal? value)
    {
        if (value is not { } present)
        {
            record.WriteNull();
            return;
        }
        record.WritePresent();
        switch (type.Kind)
        {
            case PrimitiveKind.Boolean: record.WriteBoolean(present.Number != 0); break;
            case PrimitiveKind.Float: record.WriteFloat((float)present.Float); break;
            case PrimitiveKind.Double: record.WriteDouble(present.Float); break;
            case PrimitiveKind.Decimal: record.WriteBigEndian(present.Number, ManifestSchemas.DecimalBytes(type.Precision)); break;
            case PrimitiveKind.Uuid or PrimitiveKind.Fixed: record.WriteFixed(present.Bytes); break;
            case PrimitiveKind.String or PrimitiveKind.Binary: record.WriteBytes(present.Bytes); break;
            default: record.WriteLong((long)present.Number); break;
        }
    }

    internal static void WriteOptional(AvroWriter record, long? value)
    {
        if (value is not { } present)
        {
            record.WriteNull();
            return;
        }
        record.WritePresent();
        record.WriteLong(present);
    }

    internal static void WriteOptional(AvroWriter record, byte[]? value)
    {
        if (value is null)
        {
            record.WriteNull();
            return;
        }
        record.WritePresent();
        record.WriteBytes(value);
    }

    private static void WriteCounts(AvroWriter record, ImmutableArray<ColumnStatistics> columns, Func<ColumnStatistics, long?> count)
    {
        var present = columns.Count(column => count(column) is not null);
        if (!BeginOptional(record, present)) return;
        foreach (var column in columns)
        {
            if (count(column) is not { } value) continue;
            record.WriteInt(column.FieldId);
            record.WriteLong(value);
        }
        record.EndItems();
    }

    private static void WriteBounds(AvroWriter record, ImmutableArray<ColumnStatistics> columns, Func<ColumnStatistics, byte[]?> bound)
    {
        var present = columns.Count(column => bound(column) is not null);
        if (!BeginOptional(record, present)) return;
        foreach (var column in columns)
        {
            if (bound(column) is not { } value) continue;
            record.WriteInt(column.FieldId);
            record.WriteBytes(value);
        }
        record.EndItems();
    }

    private static void WriteItems(AvroWriter record, ImmutableArray<long> items)
    {
        if (!BeginOptional(record, items.Length)) return;
        foreach (var item in items) record.WriteLong(item);
        record.EndItems();
    }

    /// <summary>null when there are no items.</summary>
    private static bool BeginOptional(AvroWriter record, int items)
    {
        if (items == 0)
        {
            record.WriteNull();
            return false;
        }
        record.WritePresent();
        record.BeginItems(items);
        return true;
    }

    private sealed class SummaryBuilder(PrimitiveType type)
    {
        private Literal? _least;
        private Literal? _greatest;
        private bool _null;
        private bool _nan;

        public void Add(Literal? value)
        {
            if (value is not { } present)
            {
                _null = true;
                return;
            }
            if (type.Kind is PrimitiveKind.Float or PrimitiveKind.Double && double.IsNaN(present.Float))
            {
                _nan = true;
                return;
            }
            if (_least is not { } least || SingleValue.Compare(type, present, least) < 0) _least = present;
            if (_greatest is not { } greatest || SingleValue.Compare(type, present, greatest) > 0) _greatest = present;
        }

        public PartitionSummary Build() => new(_null, _nan, Bytes(_least), Bytes(_greatest));

        private byte[]? Bytes(Literal? value) => value is { } present ? SingleValue.ToBytes(type, present) : null;
    }
}
