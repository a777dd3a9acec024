using StreamForge.Formats.Parquet.Reading;

namespace StreamForge.Formats.Parquet;

/// <summary>A row group of a file.</summary>
public sealed class ParquetRowGroup
{
    private readonly ParquetFile _file;

    internal ParquetRowGroup(ParquetFile file, RowGroupMetadata metadata)
    {
        _file = file;
        Metadata = metadata;
    }

    internal RowGroupMetadata Metadata { get; }

    public long Rows => Metadata.Rows;

    /// <summary>Bytes of all its columns, uncompressed.</summary>
    public long Bytes => Metadata.Bytes;

    /// <summary>Where its first column begins in the file: which split it belongs to.</summary>
    public long Offset => Metadata.Chunks.Count == 0 ? 0 : Metadata.Chunks.Min(chunk => chunk.DictionaryOffset is > 0 and var offset && offset < chunk.DataOffset ? offset : chunk.DataOffset);

    /// <summary>What is known of a top-level column without reading it.</summary>
    /// <param name="column">Its number in <see cref="ParquetFile.Columns"/>.</param>
    public ParquetStatistics Statistics(int column)
    {
        var leaf = _file.Columns[column];
        return leaf.Storage is null ? ParquetStatistics.None : ParquetStatistics.Of(leaf, Metadata.Chunks[leaf.Leaf]);
    }
}
