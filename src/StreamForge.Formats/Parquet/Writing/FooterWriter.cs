using StreamForge.Core;
using StreamForge.Formats.Compression;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>Writes what stands behind the row groups: the page index and the footer (parquet.thrift: ColumnIndex, OffsetIndex, FileMetaData).</summary>
internal static class FooterWriter
{
    private static readonly string Version = typeof(FooterWriter).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>The page index: for each chunk where its pages are, and their bounds where every page has some.</summary>
    /// <param name="groups">The row groups; where their indexes stand is noted in them.</param>
    /// <param name="start">Where the index begins in the file.</param>
    /// <param name="output">Takes the index.</param>
    public static void WritePageIndex(IReadOnlyList<RowGroupRecord> groups, long start, PooledBuffer output)
    {
        var writer = new CompactWriter(output);
        foreach (var chunk in groups.SelectMany(group => group.Chunks))
        {
            // A page of only NaN has no bounds, and no index can say so.
            if (chunk.Pages.Any(page => page.Min is null && page.Nulls < page.Rows)) continue;
            chunk.ColumnIndexOffset = start + output.Length;
            WriteColumnIndex(chunk.Pages, writer);
            chunk.ColumnIndexBytes = (int)(start + output.Length - chunk.ColumnIndexOffset);
        }
        foreach (var chunk in groups.SelectMany(group => group.Chunks))
        {
            chunk.OffsetIndexOffset = start + output.Length;
            WriteOffsetIndex(chunk, writer);
            chunk.OffsetIndexBytes = (int)(start + output.Length - chunk.OffsetIndexOffset);
        }
    }

    public static void WriteFooter(IReadOnlyList<ColumnLayout> columns, IReadOnlyList<RowGroupRecord> groups, ParquetOptions options, PooledBuffer output)
    {
        var writer = new CompactWriter(output);
        writer.BeginStruct();
        writer.I32(1, 2);
        WriteSchema(columns, writer);
        writer.I64(3, groups.Sum(group => group.Rows));
        writer.BeginList(4, CompactType.Struct, groups.Count);
        for (var i = 0; i < groups.Count; i++) WriteRowGroup(groups[i], i, options.Codec, writer);
        if (options.Metadata.Length > 0)
        {
            writer.BeginList(5, CompactType.Struct, options.Metadata.Length);
            foreach (var (key, value) in options.Metadata)
            {
                writer.BeginStruct();
                writer.String(1, key);
                writer.String(2, value);
                writer.EndStruct();
            }
        }
        writer.String(6, $"StreamForge version {Version} (build 0)");
        writer.BeginList(7, CompactType.Struct, columns.Count);
        foreach (var _ in columns)
        {
            writer.BeginStruct();
            writer.EmptyStruct(1);
            writer.EndStruct();
        }
        writer.EndStruct();
    }

    private static void WriteColumnIndex(IReadOnlyList<PageRecord> pages, CompactWriter writer)
    {
        writer.BeginStruct();
        writer.BeginList(1, CompactType.True, pages.Count);
        foreach (var page in pages) writer.Element(page.Min is null);
        writer.BeginList(2, CompactType.Binary, pages.Count);
        foreach (var page in pages) writer.Binary(page.Min ?? []);
        writer.BeginList(3, CompactType.Binary, pages.Count);
        foreach (var page in pages) writer.Binary(page.Max ?? []);
        writer.I32(4, 0);
        writer.BeginList(5, CompactType.I64, pages.Count);
        foreach (var page in pages) writer.Element(page.Nulls);
        writer.EndStruct();
    }

    private static void WriteOffsetIndex(ChunkRecord chunk, CompactWriter writer)
    {
        writer.BeginStruct();
        writer.BeginList(1, CompactType.Struct, chunk.Pages.Count);
        foreach (var page in chunk.Pages)
        {
            writer.BeginStruct();
            writer.I64(1, chunk.DataOffset + page.Offset);
            writer.I32(2, page.Bytes);
            writer.I64(3, page.FirstRow);
            writer.EndStruct();
        }
        writer.EndStruct();
    }

    private static void WriteSchema(IReadOnlyList<ColumnLayout> columns, CompactWriter writer)
    {
        writer.BeginList(2, CompactType.Struct, columns.Count + 1);
        writer.BeginStruct();
        writer.I32(3, (int)Repetition.Required);
        writer.String(4, "table");
        writer.I32(5, columns.Count);
        writer.EndStruct();
        foreach (var layout in columns)
        {
            var column = layout.Column;
            writer.BeginStruct();
            writer.I32(1, (int)layout.Physical);
            if (layout.Physical == PhysicalType.FixedLenByteArray) writer.I32(2, layout.Width);
            writer.I32(3, (int)(column.Required ? Repetition.Required : Repetition.Optional));
            writer.String(4, column.Name);
            if (Converted(column.Type.Kind) is { } converted) writer.I32(6, (int)converted);
            if (column.Type.Kind == TypeKind.Decimal)
            {
                writer.I32(7, column.Type.Scale);
                writer.I32(8, column.Type.Precision);
            }
            if (column.FieldId != 0) writer.I32(9, column.FieldId);
            WriteLogicalType(column.Type, writer);
            writer.EndStruct();
        }
    }

    /// <summary>A local date-time has no converted type: readers that know only these would take it for an instant.</summary>
    private static ConvertedType? Converted(TypeKind kind) => kind switch
    {
        TypeKind.String or TypeKind.Array or TypeKind.Map or TypeKind.Row => ConvertedType.Utf8,
        TypeKind.Decimal => ConvertedType.Decimal,
        TypeKind.Date => ConvertedType.Date,
        TypeKind.TimestampTz => ConvertedType.TimestampMicros,
        _ => null,
    };

    private static void WriteLogicalType(DataType type, CompactWriter writer)
    {
        const short Field = 10;
        switch (type.Kind)
        {
            case TypeKind.String or TypeKind.Array or TypeKind.Map or TypeKind.Row:
                Case(LogicalKind.String);
                break;
            case TypeKind.Date:
                Case(LogicalKind.Date);
                break;
            case TypeKind.Decimal:
                writer.BeginStruct(Field);
                writer.BeginStruct((short)LogicalKind.Decimal);
                writer.I32(1, type.Scale);
                writer.I32(2, type.Precision);
                writer.EndStruct();
                writer.EndStruct();
                break;
            case TypeKind.Timestamp or TypeKind.TimestampTz:
                writer.BeginStruct(Field);
                writer.BeginStruct((short)LogicalKind.Timestamp);
                writer.Bool(1, type.Kind == TypeKind.TimestampTz);
                writer.BeginStruct(2);
                writer.EmptyStruct((short)ParquetTimeUnit.Micros);
                writer.EndStruct();
                writer.EndStruct();
                writer.EndStruct();
                break;
            default:
                break;
        }

        void Case(LogicalKind kind)
        {
            writer.BeginStruct(Field);
            writer.EmptyStruct((short)kind);
            writer.EndStruct();
        }
    }

    private static void WriteRowGroup(RowGroupRecord group, int ordinal, CompressionCodec codec, CompactWriter writer)
    {
        writer.BeginStruct();
        writer.BeginList(1, CompactType.Struct, group.Chunks.Length);
        foreach (var chunk in group.Chunks) WriteChunk(chunk, codec, writer);
        writer.I64(2, group.Chunks.Sum(chunk => chunk.UncompressedBytes));
        writer.I64(3, group.Rows);
        writer.I64(5, group.Offset);
        writer.I64(6, group.Chunks.Sum(chunk => chunk.CompressedBytes));
        if (ordinal <= short.MaxValue) writer.I16(7, (short)ordinal);
        writer.EndStruct();
    }

    private static void WriteChunk(ChunkRecord chunk, CompressionCodec codec, CompactWriter writer)
    {
        writer.BeginStruct();
        writer.I64(2, 0);
        writer.BeginStruct(3);
        WriteColumnMetadata(chunk, codec, writer);
        writer.EndStruct();
        writer.I64(4, chunk.OffsetIndexOffset);
        writer.I32(5, chunk.OffsetIndexBytes);
        if (chunk.ColumnIndexBytes > 0)
        {
            writer.I64(6, chunk.ColumnIndexOffset);
            writer.I32(7, chunk.ColumnIndexBytes);
        }
        writer.EndStruct();
    }

    private static void WriteColumnMetadata(ChunkRecord chunk, CompressionCodec codec, CompactWriter writer)
    {
        writer.I32(1, (int)chunk.Layout.Physical);
        var hasDictionary = chunk.DictionaryPages > 0;
        writer.BeginList(2, CompactType.I32, hasDictionary ? 3 : 2);
        writer.Element((long)PageEncoding.Plain);
        writer.Element((long)PageEncoding.Rle);
        if (hasDictionary) writer.Element((long)PageEncoding.RleDictionary);
        writer.BeginList(3, CompactType.Binary, 1);
        writer.String(chunk.Layout.Column.Name);
        writer.I32(4, (int)Codec(codec));
        writer.I64(5, chunk.Rows);
        writer.I64(6, chunk.UncompressedBytes);
        writer.I64(7, chunk.CompressedBytes);
        writer.I64(9, chunk.DataOffset);
        if (hasDictionary) writer.I64(11, chunk.Offset);
        WriteStatistics(chunk, writer);
        WriteEncodingStatistics(chunk, writer);
    }

    private static void WriteStatistics(ChunkRecord chunk, CompactWriter writer)
    {
        var bounds = chunk.Bounds;
        writer.BeginStruct(12);
        writer.I64(3, chunk.Nulls);
        if (bounds.Max is not null) writer.Binary(5, bounds.Max);
        if (bounds.Min is not null) writer.Binary(6, bounds.Min);
        if (bounds.Max is not null) writer.Bool(7, bounds.MaxExact);
        if (bounds.Min is not null) writer.Bool(8, bounds.MinExact);
        writer.EndStruct();
    }

    private static void WriteEncodingStatistics(ChunkRecord chunk, CompactWriter writer)
    {
        var hasDictionary = chunk.DictionaryPages > 0;
        writer.BeginList(13, CompactType.Struct, (hasDictionary ? 2 : 0) + (chunk.PlainPages > 0 ? 1 : 0));
        if (hasDictionary)
        {
            Pages(PageType.Dictionary, PageEncoding.Plain, 1);
            Pages(PageType.Data, PageEncoding.RleDictionary, chunk.DictionaryPages);
        }
        if (chunk.PlainPages > 0) Pages(PageType.Data, PageEncoding.Plain, chunk.PlainPages);

        void Pages(PageType type, PageEncoding encoding, int count)
        {
            writer.BeginStruct();
            writer.I32(1, (int)type);
            writer.I32(2, (int)encoding);
            writer.I32(3, count);
            writer.EndStruct();
        }
    }

    private static ParquetCodec Codec(CompressionCodec codec) => codec switch
    {
        CompressionCodec.Zstd => ParquetCodec.Zstd,
        CompressionCodec.Gzip => ParquetCodec.Gzip,
        _ => ParquetCodec.Uncompressed,
    };
}
