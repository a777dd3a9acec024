using System.IO.Compression;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Catalogs;

/// <summary>Reads metadata files through an object store; those that are compressed (<c>.gz.metadata.json</c>) too.</summary>
public static class MetadataFile
{
    private const int LargestMetadata = 1 << 30;

    /// <exception cref="StreamForgeException">NotFound, or Corrupt with the location and what is wrong.</exception>
    public static async ValueTask<TableMetadata> ReadAsync(IObjectStore store, string location, CancellationToken cancellation)
    {
        await using var reader = await store.OpenAsync(location, cancellation);
        if (reader.Length > LargestMetadata) throw new StreamForgeException(ErrorKind.Corrupt, $"{location}: a metadata file of {reader.Length} bytes is none");
        var bytes = new byte[reader.Length];
        await reader.ReadAsync(0, bytes, cancellation);
        return MetadataParser.Parse(bytes is [0x1f, 0x8b, ..] ? Unzip(bytes, location) : bytes, location);
    }

    private static byte[] Unzip(byte[] bytes, string location)
    {
        try
        {
            using var result = new MemoryStream();
            using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            zip.CopyTo(result);
            return result.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new StreamForgeException(ErrorKind.Corrupt, $"{location}: the metadata cannot be decompressed: {e.Message}", inner: e);
        }
    }
}
