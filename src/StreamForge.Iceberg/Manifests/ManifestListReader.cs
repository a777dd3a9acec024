using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Iceberg.Manifests;

/// <summary>Reads manifest lists of the versions 1 to 3, by field id.</summary>
public static class ManifestListReader
{
    /// <exception cref="StreamForgeException">Corrupt, with the location.</exception>
    public static async ValueTask<ImmutableArray<ManifestFile>> ReadAsync(IObjectReader source, CancellationToken cancellation)
    {
        var file = await AvroFileReader.OpenAsync(source, cancellation);
        var manifests = ImmutableArray.CreateBuilder<ManifestFile>();
        while (await file.ReadBlockAsync(cancellation) is { } block) ReadBlock(block, file.Schema, manifests);
        return manifests.ToImmutable();
    }

    private static void ReadBlock(AvroBlock block, AvroSchema schema, ImmutableArray<ManifestFile>.Builder manifests)
    {
        var reader = block.Read();
        for (var i = 0L; i < block.Records; i++) manifests.Add(Read(ref reader, schema));
    }

    private static ManifestFile Read(ref AvroReader reader, AvroSchema schema)
    {
        var manifest = new ManifestFile { Location = "", Length = -1, SpecId = 0 };
        foreach (var field in schema.Fields)
        {
            var type = field.Schema;
            switch (field.FieldId)
            {
                case 500: manifest = manifest with { Location = reader.ReadString(type) ?? "" }; break;
                case 501: manifest = manifest with { Length = reader.ReadLong(type) ?? -1 }; break;
                case 502: manifest = manifest with { SpecId = reader.ReadInt(type) ?? 0 }; break;
                case 517: manifest = manifest with { IsDeletes = reader.ReadInt(type) == 1 }; break;
                case 515: manifest = manifest with { SequenceNumber = reader.ReadLong(type) ?? 0 }; break;
                case 516: manifest = manifest with { MinSequenceNumber = reader.ReadLong(type) ?? 0 }; break;
                case 503: manifest = manifest with { AddedSnapshotId = reader.ReadLong(type) ?? 0 }; break;
                case 504: manifest = manifest with { AddedFiles = reader.ReadInt(type) }; break;
                case 505: manifest = manifest with { ExistingFiles = reader.ReadInt(type) }; break;
                case 506: manifest = manifest with { DeletedFiles = reader.ReadInt(type) }; break;
                case 512: manifest = manifest with { AddedRows = reader.ReadLong(type) }; break;
                case 513: manifest = manifest with { ExistingRows = reader.ReadLong(type) }; break;
                case 514: manifest = manifest with { DeletedRows = reader.ReadLong(type) }; break;
                case 507: manifest = manifest with { Partitions = ReadSummaries(ref reader, type) }; break;
                case 519: manifest = manifest with { KeyMetadata = reader.TryReadBytes(type, out var key) ? key.ToArray() : null }; break;
                case 520: manifest = manifest with { FirstRowId = reader.ReadLong(type) }; break;
                default: reader.Skip(type); break;
            }
        }
        return manifest.Location.Length > 0 ? manifest : throw reader.Damaged("a manifest list's record has no manifest_path");
    }

    private static ImmutableArray<PartitionSummary> ReadSummaries(ref AvroReader reader, AvroSchema schema)
    {
        var array = reader.ReadBranch(schema);
        if (array.Type == AvroType.Null) return [];
        if (array.Type != AvroType.Array || array.Items!.Unwrapped.Type != AvroType.Record) throw reader.Mismatch(array, "an array of partition summaries");
        var summaries = ImmutableArray.CreateBuilder<PartitionSummary>();
        for (var count = reader.ReadItems(array); count > 0; count = reader.ReadItems(array))
        {
            for (; count > 0; count--) summaries.Add(ReadSummary(ref reader, reader.ReadBranch(array.Items)));
        }
        return summaries.ToImmutable();
    }

    private static PartitionSummary ReadSummary(ref AvroReader reader, AvroSchema record)
    {
        var summary = new PartitionSummary(ContainsNull: true, null, null, null);
        foreach (var field in record.Fields)
        {
            switch (field.FieldId)
            {
                case 509: summary = summary with { ContainsNull = reader.ReadBoolean(field.Schema) ?? true }; break;
                case 518: summary = summary with { ContainsNaN = reader.ReadBoolean(field.Schema) }; break;
                case 510: summary = summary with { Lower = reader.TryReadBytes(field.Schema, out var lower) ? lower.ToArray() : null }; break;
                case 511: summary = summary with { Upper = reader.TryReadBytes(field.Schema, out var upper) ? upper.ToArray() : null }; break;
                default: reader.Skip(field.Schema); break;
            }
        }
        return summary;
    }
}
