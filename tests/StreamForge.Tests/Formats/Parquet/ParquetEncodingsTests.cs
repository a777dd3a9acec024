using StreamForge.Formats.Parquet;

namespace StreamForge.Tests.Formats.Parquet;

/// <summary>Files of the Apache Iceberg project that hold the same values in every encoding of the format.</summary>
public class ParquetEncodingsTests
{
    private static readonly string? Folder = Find();

    public static TheoryData<string> Files => Folder is null
        ? [""]
        : [.. Directory.GetFiles(Folder, "*.parquet", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_encoding_holds_the_values_of_the_plain_one(string file)
    {
        // Without the shared data beside the repository there is nothing to read.
        if (Folder is null) return;
        var read = await ReadAsync(file);
        Assert.Equal(1000, read.Count);
        Assert.Equal(file.Contains("_with_nulls", StringComparison.Ordinal) ? 200 : 0, read.Count(row => row == "null"));
        Assert.Equal(await ReadAsync(Path.Combine("PLAIN", Path.GetFileName(file))), read);
    }

    [Theory]
    [InlineData("int32", "7270", "860", "5390")]
    [InlineData("int64", "903183633920", "220067520768", "45281732864")]
    [InlineData("float", "72.60955810546875", "87.21238708496094", "59.29629135131836")]
    [InlineData("double", "63.942679845788376", "2.5010755222666936", "27.502931836911927")]
    [InlineData("string", "ggggg", "sssssss", "qqqqqqqqq")]
    [InlineData("binary", "ee9679", "fc7d3850a1faa8dc48", "45055333f402503e304b6fae6cb6bf")]
    [InlineData("uuid", "bdd640fb-0667-1ad1-1c80-317fa3b1799d", "23b8c1e9-3924-56de-3eb1-3b9046685257", "bd9c66b3-ad3c-2d6d-1a3d-1fa7bc8960a9")]
    [InlineData("boolean", "0", "1", "1")]
    public async Task Plain_values_are_those_that_pyarrow_reads(string name, params string[] first)
    {
        if (Folder is null) return;
        Assert.Equal(first, (await ReadAsync(Path.Combine("PLAIN", name + ".parquet")))[..first.Length]);
    }

    private static async Task<List<string>> ReadAsync(string file)
    {
        await using var parquet = await ParquetFile.OpenAsync(new MemoryObject(await File.ReadAllBytesAsync(Path.Combine(Folder!, file))), CancellationToken.None);
        return await ParquetData.ReadAsync(parquet, 300);
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared/data/iceberg/apache-iceberg-parquet-encodings");
            if (Directory.Exists(data)) return data;
        }
        return null;
    }
}
