using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Manifests;

/// <summary>Reads manifests of the versions 1 to 3, by field id, and gives each entry the snapshot and the sequence numbers that it inherits (Iceberg specification, "Sequence Number Inheritance").</summary>
public static class ManifestReader
{
    /// <param name="source">The manifest, open.</param>
    /// <param name="manifest">The manifest as its list names it.</param>
    /// <param name="spec">The spec that it names.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>All entries, those of deleted files too.</returns>
    /// <exception cref="StreamForgeException">Corrupt, with the location.</exception>
    public static async ValueTask<ImmutableArray<ManifestEntry>> ReadAsync(IObjectReader source, ManifestFile manifest, PartitionSpec spec, CancellationToken cancellation)
    {
        var file = await AvroFileReader.OpenAsync(source, cancellation);
        var entries = ImmutableArray.CreateBuilder<ManifestEntry>();
        while (await file.ReadBlockAsync(cancellation) is { } block) ReadBlock(block, file.Schema, manifest, spec, entries);
        return entries.ToImmutable();
    }

    private static void ReadBlock(AvroBlock block, AvroSchema schema, ManifestFile manifest, PartitionSpec spec, ImmutableArray<ManifestEntry>.Builder entries)
    {
        var reader = block.Read();
        for (var i = 0L; i < block.Records; i++) entries.Add(Inherit(ReadEntry(ref reader, schema, spec), manifest));
    }

    private static ManifestEntry Inherit(ManifestEntry entry, ManifestFile manifest) => entry with
    {
        SnapshotId = entry.SnapshotId ?? manifest.AddedSnapshotId,
        SequenceNumber = entry.SequenceNumber ?? manifest.SequenceNumber,
        FileSequenceNumber = entry.FileSequenceNumber ?? (entry.Status == EntryStatus.Added || entry.SequenceNumber is null ? manifest.SequenceNumber : null),
    };

    private static ManifestEntry ReadEntry(ref AvroReader reader, AvroSchema schema, PartitionSpec spec)
    {
        int? status = null;
        long? snapshot = null, sequence = null, fileSequence = null;
        DataFile? file = null;
        foreach (var field in schema.Fields)
        {
            switch (field.FieldId)
            {
                case 0: status = reader.ReadInt(field.Schema); break;
                case 1: snapshot = reader.ReadLong(field.Schema); break;
                case 3: sequence = reader.ReadLong(field.Schema); break;
                case 4: fileSequence = reader.ReadLong(field.Schema); break;
                case 2: file = ReadFile(ref reader, reader.ReadBranch(field.Schema), spec); break;
                default: reader.Skip(field.Schema); break;
            }
        }
        if (status is not (0 or 1 or 2)) throw reader.Damaged("a manifest entry's status is not 0, 1 or 2");
        if (file is null) throw reader.Damaged("a manifest entry has no data_file");
        return new ManifestEntry((EntryStatus)status, snapshot, sequence, fileSequence, file);
    }

    private static DataFile ReadFile(ref AvroReader reader, AvroSchema schema, PartitionSpec spec)
    {
        if (schema.Type != AvroType.Record) throw reader.Mismatch(schema, "the record data_file");
        var file = new DataFile { Location = "", Format = "", Records = -1, Bytes = -1, Partition = [.. new Literal?[spec.Fields.Length]] };
        var columns = new ColumnsBuilder();
        foreach (var field in schema.Fields)
        {
            var type = field.Schema;
            switch (field.FieldId)
            {
                case 134: file = file with { Content = reader.ReadInt(type) switch { 1 => FileContent.PositionDeletes, 2 => FileContent.EqualityDeletes, _ => FileContent.Data } }; break;
                case 100: file = file with { Location = reader.ReadString(type) ?? "" }; break;
                case 101: file = file with { Format = (reader.ReadString(type) ?? "").ToUpperInvariant() }; break;
                case 102: file = file with { Partition = ReadPartition(ref reader, reader.ReadBranch(type), spec) }; break;
                case 103: file = file with { Records = reader.ReadLong(type) ?? -1 }; break;
                case 104: file = file with { Bytes = reader.ReadLong(type) ?? -1 }; break;
                case 108: columns.ReadCounts(ref reader, type, (column, value) => column with { Bytes = value }); break;
                case 109: columns.ReadCounts(ref reader, type, (column, value) => column with { Values = value }); break;
                case 110: columns.ReadCounts(ref reader, type, (column, value) => column with { Nulls = value }); break;
                case 137: columns.ReadCounts(ref reader, type, (column, value) => column with { NaNs = value }); break;
                case 125: columns.ReadBounds(ref reader, type, (column, value) => column with { Lower = value }); break;
                case 128: columns.ReadBounds(ref reader, type, (column, value) => column with { Upper = value }); break;
                case 131: file = file with { KeyMetadata = reader.TryReadBytes(type, out var key) ? key.ToArray() : null }; break;
                case 132: file = file with { SplitOffsets = ReadNumbers(ref reader, type) }; break;
                case 135: file = file with { EqualityIds = [.. ReadNumbers(ref reader, type).Select(id => (int)id)] }; break;
                case 140: file = file with { SortOrderId = reader.ReadInt(type) }; break;
                case 142: file = file with { FirstRowId = reader.ReadLong(type) }; break;
                case 143: file = file with { ReferencedDataFile = reader.ReadString(type) }; break;
                case 144: file = file with { ContentOffset = reader.ReadLong(type) }; break;
                case 145: file = file with { ContentBytes = reader.ReadLong(type) }; break;
                default: reader.Skip(type); break;
            }
        }
        if (file.Location.Length == 0) throw reader.Damaged("a data_file has no file_path");
        if (file.Records < 0 || file.Bytes < 0) throw reader.Damaged($"the data_file {file.Location} has no record_count or no file_size_in_bytes");
        return file with { Columns = columns.Build() };
    }

    private static ImmutableArray<Literal?> ReadPartition(ref AvroReader reader, AvroSchema record, PartitionSpec spec)
    {
        if (record.Type != AvroType.Record) throw reader.Mismatch(record, "the record of a partition");
        var values = new Literal?[spec.Fields.Length];
        foreach (var field in record.Fields)
        {
            var index = -1;
            for (var i = 0; i < values.Length; i++)
            {
                if (spec.Fields[i].FieldId == field.FieldId) index = i;
            }
            if (index < 0) reader.Skip(field.Schema);
            else values[index] = ReadValue(ref reader, reader.ReadBranch(field.Schema));
        }
        return [.. values];
    }

    private static Literal? ReadValue(ref AvroReader reader, AvroSchema schema)
    {
        switch (schema.Type)
        {
            case AvroType.Null: return null;
            case AvroType.Boolean: return Literal.Of(reader.ReadBoolean() ? 1L : 0L);
            case AvroType.Int or AvroType.Long: return Literal.Of(schema.LogicalType == "timestamp-millis" ? checked(reader.ReadLong() * 1000) : reader.ReadLong());
            case AvroType.Float: return Literal.Of((double)reader.ReadFloat());
            case AvroType.Double: return Literal.Of(reader.ReadDouble());
            case AvroType.String when schema.LogicalType == "uuid": return Guid.TryParse(reader.ReadString(), CultureInfo.InvariantCulture, out var id) ? Literal.Of(id.ToByteArray(bigEndian: true)) : throw reader.Damaged("a partition's value is no uuid");
            case AvroType.String: return Literal.Of(reader.ReadBytes().ToArray());
            case AvroType.Bytes: return Bytes(ref reader, schema, reader.ReadBytes());
            case AvroType.Fixed: return Bytes(ref reader, schema, reader.ReadFixed(schema.Size));
            default: throw reader.Mismatch(schema, "a partition's value");
        }
    }

    private static Literal Bytes(ref AvroReader reader, AvroSchema schema, ReadOnlySpan<byte> bytes)
    {
        if (schema.LogicalType != "decimal") return Literal.Of(bytes.ToArray());
        return bytes.Length is > 0 and <= 16 ? Literal.Of(SingleValue.ReadBigEndian(bytes)) : throw reader.Damaged($"a decimal of {bytes.Length} bytes");
    }

    private static ImmutableArray<long> ReadNumbers(ref AvroReader reader, AvroSchema schema)
    {
        var array = reader.ReadBranch(schema);
        if (array.Type == AvroType.Null) return [];
        if (array.Type != AvroType.Array) throw reader.Mismatch(array, "an array of numbers");
        var numbers = ImmutableArray.CreateBuilder<long>();
        for (var count = reader.ReadItems(array); count > 0; count = reader.ReadItems(array))
        {
            for (; count > 0; count--) numbers.Add(reader.ReadLong(array.Items!) ?? 0);
        }
        return numbers.ToImmutable();
    }

    /// <summary>Puts the six maps of a file's columns together.</summary>
    private sealed class ColumnsBuilder
    {
        private readonly SortedDictionary<int, ColumnStatistics> _columns = [];

        public void ReadCounts(ref AvroReader reader, AvroSchema schema, Func<ColumnStatistics, long, ColumnStatistics> set)
        {
            if (!Begin(ref reader, schema, out var array)) return;
            for (var count = reader.ReadItems(array); count > 0; count = reader.ReadItems(array))
            {
                for (; count > 0; count--)
                {
                    int id = 0;
                    long value = 0;
                    foreach (var field in array.Items!.Fields)
                    {
                        if (field.Name == "key") id = reader.ReadInt(field.Schema) ?? 0;
                        else if (field.Name == "value") value = reader.ReadLong(field.Schema) ?? 0;
                        else reader.Skip(field.Schema);
                    }
                    _columns[id] = set(_columns.GetValueOrDefault(id) ?? new ColumnStatistics(id), value);
                }
            }
        }

        public void ReadBounds(ref AvroReader reader, AvroSchema schema, Func<ColumnStatistics, byte[], ColumnStatistics> set)
        {
            if (!Begin(ref reader, schema, out var array)) return;
            for (var count = reader.ReadItems(array); count > 0; count = reader.ReadItems(array))
            {
                for (; count > 0; count--)
                {
                    int id = 0;
                    byte[] value = [];
                    foreach (var field in array.Items!.Fields)
                    {
                        if (field.Name == "key") id = reader.ReadInt(field.Schema) ?? 0;
                        else if (field.Name == "value" && reader.TryReadBytes(field.Schema, out var bytes)) value = bytes.ToArray();
                        else if (field.Name != "value") reader.Skip(field.Schema);
                    }
                    _columns[id] = set(_columns.GetValueOrDefault(id) ?? new ColumnStatistics(id), value);
                }
            }
        }

        private static bool Begin(ref AvroReader reader, AvroSchema schema, out AvroSchema array)
        {
            array = reader.ReadBranch(schema);
            if (array.Type == AvroType.Null) return false;
            if (array.Type != AvroType.Array || array.Items!.Type != AvroType.Record) throw reader.Mismatch(array, "a map by field id");
            return true;
        }

        public ImmutableArray<ColumnStatistics> Build() => [.. _columns.Values];
    }
}
