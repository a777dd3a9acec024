using System.Collections.Immutable;
using StreamForge.Formats.Compression;

namespace StreamForge.Formats.Parquet;

/// <summary>How a Parquet file is written.</summary>
public sealed record ParquetOptions
{
    /// <summary>How pages are compressed; by default zstd where its library is installed, else gzip.</summary>
    public CompressionCodec Codec { get; init; } = BlockCompressor.DefaultCodec;

    /// <summary>zstd's level.</summary>
    public int ZstdLevel { get; init; } = BlockCompressor.DefaultZstdLevel;

    /// <summary>A row group ends at about this many bytes, compressed as far as pages are complete.</summary>
    public long RowGroupBytes { get; init; } = 128L << 20;

    /// <summary>Rows of a row group at most.</summary>
    public int RowGroupRows { get; init; } = 1 << 20;

    /// <summary>A page ends at about this many bytes before compression.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Rows of a page at most.</summary>
    public int PageRows { get; init; } = 20_000;

    /// <summary>A column's dictionary that has grown past this many bytes takes no more values in its row group; 0 for no dictionaries.</summary>
    public int DictionaryBytes { get; init; } = 1 << 20;

    /// <summary>Further entries of the footer, such as <c>iceberg.schema</c>.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Metadata { get; init; } = [];
}
