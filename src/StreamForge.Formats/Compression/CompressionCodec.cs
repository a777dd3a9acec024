namespace StreamForge.Formats.Compression;

/// <summary>How pages and blocks that we write are compressed; readers know more.</summary>
public enum CompressionCodec
{
    None,

    /// <summary>gzip for Parquet, deflate for Avro.</summary>
    Gzip,

    /// <summary>Zstandard by the system's libzstd.</summary>
    Zstd,
}
