using StreamForge.Core;
using StreamForge.Formats.Compression;
using StreamForge.Formats.Parquet;

namespace StreamForge.Tests.Formats.Parquet;

/// <summary>Whatever is done to a file's bytes, reading it gives rows or one sentence.</summary>
public class ParquetDamageTests
{
    [Fact]
    public async Task Flipped_bits_give_rows_or_a_sentence()
    {
        var random = new Random(11);
        foreach (var original in Files())
        {
            for (var i = 0; i < 700; i++)
            {
                var file = original.ToArray();
                // Half of them where headers and the footer are dense.
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    var at = random.Next(2) == 0 ? random.Next(file.Length) : file.Length - 1 - random.Next(Math.Min(2500, file.Length));
                    file[at] ^= (byte)(1 << random.Next(8));
                }
                await ReadAsync(file);
            }
        }
    }

    [Fact]
    public async Task Cut_files_are_refused_with_their_place()
    {
        var original = Files().First();
        for (var length = 0; length < original.Length; length += 1 + original.Length / 300)
        {
            var refused = await Assert.ThrowsAsync<StreamForgeException>(() => ParquetData.ReadAsync(original[..length]));
            Assert.Equal(ErrorKind.Corrupt, refused.Kind);
            Assert.StartsWith("memory:///file.parquet: at byte ", refused.Message);
        }
    }

    [Fact]
    public async Task What_is_no_Parquet_file_is_said_so()
    {
        var refused = await Assert.ThrowsAsync<StreamForgeException>(() => ParquetData.ReadAsync(new byte[100]));
        Assert.Equal("memory:///file.parquet: at byte 96: the file does not end with PAR1: it is no Parquet file, or cut", refused.Message);
    }

    private static IEnumerable<byte[]> Files()
    {
        var values = ParquetData.Random(ParquetData.AllTypes, 300, 4);
        foreach (var codec in new[] { CompressionCodec.None, CompressionCodec.Gzip })
            yield return ParquetData.Write(ParquetData.AllTypes, values, new ParquetOptions { Codec = codec, PageRows = 100, RowGroupRows = 200 }).File;
        if (ZstdLibrary.IsAvailable) yield return ParquetData.Write(ParquetData.AllTypes, values, new ParquetOptions { Codec = CompressionCodec.Zstd, PageRows = 100 }).File;
    }

    private static async Task ReadAsync(byte[] file)
    {
        try
        {
            await using var parquet = await ParquetData.OpenAsync(file);
            for (var group = 0; group < Math.Min(parquet.RowGroups.Length, 10); group++)
            {
                for (var column = 0; column < parquet.Columns.Length; column++)
                {
                    parquet.RowGroups[group].Statistics(column).Bounds?.Release();
                    await ReadColumnAsync(parquet, group, column);
                }
            }
        }
        catch (StreamForgeException damaged)
        {
            Assert.True(damaged.Kind is ErrorKind.Corrupt or ErrorKind.NotSupported, damaged.Message);
            Assert.StartsWith("memory:///file.parquet: ", damaged.Message);
        }
    }

    private static async Task ReadColumnAsync(ParquetFile parquet, int group, int column)
    {
        try
        {
            using var reader = parquet.Read(group, [column]);
            // A damaged count may promise any number of null rows; some batches tell.
            for (var batches = 0; batches < 10 && await reader.ReadAsync(100, CancellationToken.None) is { } columns; batches++) columns[0].Release();
        }
        catch (StreamForgeException damaged)
        {
            Assert.True(damaged.Kind is ErrorKind.Corrupt or ErrorKind.NotSupported, damaged.Message);
            Assert.StartsWith("memory:///file.parquet: ", damaged.Message);
        }
    }
}
