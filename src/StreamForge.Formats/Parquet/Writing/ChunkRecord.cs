namespace StreamForge.Formats.Parquet.Writing;

/// <summary>What the footer and the page index say of a data page.</summary>
/// <param name="Offset">From the chunk's first data page; of the page's header.</param>
/// <param name="Bytes">With the header.</param>
/// <param name="FirstRow">Its first row within the row group.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Nulls">Null rows.</param>
/// <param name="Min">The lower bound; null where there is none.</param>
/// <param name="Max">The upper bound; null where there is none.</param>
internal sealed record PageRecord(long Offset, int Bytes, long FirstRow, int Rows, int Nulls, byte[]? Min, byte[]? Max);

/// <summary>The bounds of a chunk as they are stored.</summary>
internal sealed record ChunkBounds(byte[]? Min, byte[]? Max, bool MinExact, bool MaxExact);

/// <summary>What the footer says of a column chunk.</summary>
internal sealed class ChunkRecord
{
    public required ColumnLayout Layout { get; init; }
    public required long Rows { get; init; }
    public required long Nulls { get; init; }
    public required ChunkBounds Bounds { get; init; }
    public required IReadOnlyList<PageRecord> Pages { get; init; }
    public required int DictionaryPages { get; init; }
    public required int PlainPages { get; init; }
    public required int DictionaryBytes { get; init; }
    public required long UncompressedBytes { get; init; }
    public required long CompressedBytes { get; init; }

    /// <summary>Where the chunk begins in the file.</summary>
    public long Offset { get; set; }

    /// <summary>Where the first data page begins in the file.</summary>
    public long DataOffset => Offset + DictionaryBytes;

    public long ColumnIndexOffset { get; set; }

    public int ColumnIndexBytes { get; set; }

    public long OffsetIndexOffset { get; set; }

    public int OffsetIndexBytes { get; set; }
}

/// <summary>What the footer says of a row group.</summary>
internal sealed record RowGroupRecord(long Rows, long Offset, ChunkRecord[] Chunks);
