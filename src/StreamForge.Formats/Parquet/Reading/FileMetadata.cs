using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>An element of the footer's schema, which is a tree in depth-first order.</summary>
internal sealed class SchemaElement
{
    public PhysicalType? Type { get; set; }
    public int Width { get; set; }
    public Repetition Repetition { get; set; }
    public string Name { get; set; } = "";
    public int Children { get; set; }
    public ConvertedType? Converted { get; set; }
    public int Scale { get; set; }
    public int Precision { get; set; }
    public int? FieldId { get; set; }
    public LogicalKind Logical { get; set; }
    public bool IsUtc { get; set; }
    public ParquetTimeUnit Unit { get; set; }
    public int Bits { get; set; }
    public bool IsSigned { get; set; } = true;
}

/// <summary>Statistics of a chunk as they are stored.</summary>
internal sealed class StoredStatistics
{
    public byte[]? OldMin { get; set; }
    public byte[]? OldMax { get; set; }
    public byte[]? Min { get; set; }
    public byte[]? Max { get; set; }
    public long? Nulls { get; set; }
    public bool MinExact { get; set; }
    public bool MaxExact { get; set; }
}

/// <summary>A column chunk as the footer describes it.</summary>
internal sealed class ChunkMetadata
{
    public PhysicalType Type { get; set; }
    public ParquetCodec Codec { get; set; }
    public long Values { get; set; }
    public long CompressedBytes { get; set; }
    public long DataOffset { get; set; }
    public long? DictionaryOffset { get; set; }
    public StoredStatistics? Statistics { get; set; }
    public bool IsElsewhere { get; set; }
    public bool IsEncrypted { get; set; }
}

/// <summary>A row group as the footer describes it.</summary>
internal sealed class RowGroupMetadata
{
    public List<ChunkMetadata> Chunks { get; } = [];
    public long Bytes { get; set; }
    public long Rows { get; set; }
}

/// <summary>The footer (parquet.thrift: FileMetaData), as far as readers need it.</summary>
internal sealed class FileMetadata
{
    public List<SchemaElement> Schema { get; } = [];
    public long Rows { get; private set; }
    public List<RowGroupMetadata> RowGroups { get; } = [];
    public Dictionary<string, string> KeyValues { get; } = new(StringComparer.Ordinal);
    public string? CreatedBy { get; private set; }

    public static FileMetadata Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new CompactReader(bytes);
        var file = new FileMetadata();
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 2:
                    for (var left = reader.List(type, out var element); left > 0; left--) file.Schema.Add(ReadElement(ref reader, element));
                    break;
                case 3: file.Rows = reader.Integer(type); break;
                case 4:
                    for (var left = reader.List(type, out var element); left > 0; left--) file.RowGroups.Add(ReadRowGroup(ref reader, element));
                    break;
                case 5:
                    for (var left = reader.List(type, out var element); left > 0; left--) ReadKeyValue(ref reader, element, file.KeyValues);
                    break;
                case 6: file.CreatedBy = reader.String(type); break;
                default: reader.Skip(type); break;
            }
        }
        return file;
    }

    private static SchemaElement ReadElement(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        var element = new SchemaElement();
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: element.Type = ToPhysical(reader.I32(type)); break;
                case 2: element.Width = reader.I32(type); break;
                case 3: element.Repetition = (Repetition)reader.I32(type); break;
                case 4: element.Name = reader.String(type); break;
                case 5: element.Children = reader.I32(type); break;
                case 6: element.Converted = (ConvertedType)reader.I32(type); break;
                case 7: element.Scale = reader.I32(type); break;
                case 8: element.Precision = reader.I32(type); break;
                case 9: element.FieldId = reader.I32(type); break;
                case 10: ReadLogicalType(ref reader, type, element); break;
                default: reader.Skip(type); break;
            }
        }
        if (element.Repetition is < Repetition.Required or > Repetition.Repeated) throw new DamagedParquetException($"column {element.Name} has repetition {(int)element.Repetition}");
        return element;
    }

    private static void ReadLogicalType(ref CompactReader reader, CompactType outer, SchemaElement element)
    {
        reader.Struct(outer);
        short kind = 0;
        while (reader.Field(ref kind, out var type))
        {
            reader.Struct(type);
            element.Logical = (LogicalKind)kind;
            short id = 0;
            while (reader.Field(ref id, out var field))
            {
                switch (element.Logical, id)
                {
                    case (LogicalKind.Decimal, 1): element.Scale = reader.I32(field); break;
                    case (LogicalKind.Decimal, 2): element.Precision = reader.I32(field); break;
                    case (LogicalKind.Time or LogicalKind.Timestamp, 1): element.IsUtc = reader.Bool(field); break;
                    case (LogicalKind.Time or LogicalKind.Timestamp, 2): element.Unit = ReadUnit(ref reader, field); break;
                    case (LogicalKind.Integer, 1): element.Bits = reader.I32(field); break;
                    case (LogicalKind.Integer, 2): element.IsSigned = reader.Bool(field); break;
                    default: reader.Skip(field); break;
                }
            }
        }
    }

    private static ParquetTimeUnit ReadUnit(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        short id = 0;
        var unit = ParquetTimeUnit.Micros;
        while (reader.Field(ref id, out var type))
        {
            unit = (ParquetTimeUnit)id;
            reader.Skip(type);
        }
        return unit is >= ParquetTimeUnit.Millis and <= ParquetTimeUnit.Nanos ? unit : throw new DamagedParquetException($"{(int)unit} is no unit of time");
    }

    private static RowGroupMetadata ReadRowGroup(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        var group = new RowGroupMetadata();
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    for (var left = reader.List(type, out var element); left > 0; left--) group.Chunks.Add(ReadChunk(ref reader, element));
                    break;
                case 2: group.Bytes = reader.Integer(type); break;
                case 3: group.Rows = reader.Integer(type); break;
                default: reader.Skip(type); break;
            }
        }
        return group;
    }

    private static ChunkMetadata ReadChunk(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        var chunk = new ChunkMetadata { IsEncrypted = true };
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1:
                    chunk.IsElsewhere = !reader.Binary(type).IsEmpty;
                    break;
                case 3:
                    chunk.IsEncrypted = false;
                    ReadColumnMetadata(ref reader, type, chunk);
                    break;
                default: reader.Skip(type); break;
            }
        }
        return chunk;
    }

    private static void ReadColumnMetadata(ref CompactReader reader, CompactType outer, ChunkMetadata chunk)
    {
        reader.Struct(outer);
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: chunk.Type = ToPhysical(reader.I32(type)); break;
                case 4: chunk.Codec = (ParquetCodec)reader.I32(type); break;
                case 5: chunk.Values = reader.Integer(type); break;
                case 7: chunk.CompressedBytes = reader.Integer(type); break;
                case 9: chunk.DataOffset = reader.Integer(type); break;
                case 11: chunk.DictionaryOffset = reader.Integer(type); break;
                case 12: chunk.Statistics = ReadStatistics(ref reader, type); break;
                default: reader.Skip(type); break;
            }
        }
    }

    private static StoredStatistics ReadStatistics(ref CompactReader reader, CompactType outer)
    {
        reader.Struct(outer);
        var statistics = new StoredStatistics();
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: statistics.OldMax = reader.Binary(type).ToArray(); break;
                case 2: statistics.OldMin = reader.Binary(type).ToArray(); break;
                case 3: statistics.Nulls = reader.Integer(type); break;
                case 5: statistics.Max = reader.Binary(type).ToArray(); break;
                case 6: statistics.Min = reader.Binary(type).ToArray(); break;
                case 7: statistics.MaxExact = reader.Bool(type); break;
                case 8: statistics.MinExact = reader.Bool(type); break;
                default: reader.Skip(type); break;
            }
        }
        return statistics;
    }

    private static void ReadKeyValue(ref CompactReader reader, CompactType outer, Dictionary<string, string> target)
    {
        reader.Struct(outer);
        string key = "", value = "";
        short id = 0;
        while (reader.Field(ref id, out var type))
        {
            switch (id)
            {
                case 1: key = reader.String(type); break;
                case 2: value = reader.String(type); break;
                default: reader.Skip(type); break;
            }
        }
        target[key] = value;
    }

    private static PhysicalType ToPhysical(int type) => type is >= 0 and <= 7 ? (PhysicalType)type : throw new DamagedParquetException($"{type} is no physical type");
}
