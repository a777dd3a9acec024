using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Formats.Compression;
using StreamForge.Formats.Parquet;

namespace StreamForge.Tests.Formats.Parquet;

public class ParquetRoundTripTests
{
    public static TheoryData<CompressionCodec> Codecs => ZstdLibrary.IsAvailable ? [CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Zstd] : [CompressionCodec.None, CompressionCodec.Gzip];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_type_is_read_as_it_was_written(CompressionCodec codec)
    {
        var cases = from seed in Gen.Choose(0, int.MaxValue - 1)
                    from rows in Gen.Frequency((1, Gen.Constant(0)), (8, Gen.Choose(1, 700)), (1, Gen.Choose(3000, 5000)))
                    from pageRows in Gen.Elements(7, 64, 1000)
                    from pageBytes in Gen.Elements(200, 1 << 20)
                    from groupRows in Gen.Elements(100, 1 << 20)
                    from dictionary in Gen.Elements(0, 300, 1 << 20)
                    from batch in Gen.Elements(1, 33, 100_000)
                    select (seed, rows, pageRows, pageBytes, groupRows, dictionary, batch);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(cases.ToArbitrary(), async test =>
        {
            var values = ParquetData.Random(ParquetData.AllTypes, test.rows, test.seed);
            var options = new ParquetOptions { Codec = codec, PageRows = test.pageRows, PageBytes = test.pageBytes, RowGroupRows = test.groupRows, DictionaryBytes = test.dictionary };
            var (file, metrics) = ParquetData.Write(ParquetData.AllTypes, values, options);
            Assert.Equal(file.Length, metrics.Bytes);
            Assert.Equal(test.rows, metrics.Rows);
            Assert.Equal(ParquetData.Show(values), await ParquetData.ReadAsync(file, test.batch));
        }));
    }

    [Fact]
    public async Task A_selection_writes_the_rows_it_names_in_its_order()
    {
        var values = ParquetData.Random(ParquetData.AllTypes, 500, 3);
        int[] rows = [499, 3, 3, 77, 0];
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        using var encoder = new ParquetEncoder(output, ParquetData.AllTypes);
        encoder.Write(values, rows);
        encoder.Write(values, []);
        encoder.Complete();
        var all = ParquetData.Show(values).ToArray();
        Assert.Equal(rows.Select(row => all[row]), await ParquetData.ReadAsync(output.WrittenSpan.ToArray()));
    }

    [Fact]
    public async Task Names_field_ids_types_and_metadata_survive()
    {
        var (file, _) = ParquetData.Write(ParquetData.AllTypes, ParquetData.Random(ParquetData.AllTypes, 3, 1), new ParquetOptions { Metadata = [new("iceberg.schema", "{}")] });
        await using var parquet = await ParquetData.OpenAsync(file);
        Assert.Equal(ParquetData.AllTypes.Select(column => column.Name), parquet.Columns.Select(column => column.Name));
        Assert.Equal(ParquetData.AllTypes.Select(column => (int?)column.FieldId), parquet.Columns.Select(column => column.FieldId));
        Assert.Equal(ParquetData.AllTypes.Select(column => column.Required), parquet.Columns.Select(column => column.Required));
        Assert.Equal(ParquetData.AllTypes.Select(column => column.Type.IsVariableLength && column.Type.Kind != TypeKind.Bytes ? DataType.String : column.Type), parquet.Columns.Select(column => column.Type));
        Assert.Equal("{}", parquet.Metadata["iceberg.schema"]);
        Assert.StartsWith("StreamForge version", parquet.CreatedBy);
    }

    [Fact]
    public async Task Chosen_columns_of_row_groups_are_read_at_once_from_several_tasks()
    {
        var values = ParquetData.Random(ParquetData.AllTypes, 4000, 8);
        var (file, _) = ParquetData.Write(ParquetData.AllTypes, values, new ParquetOptions { RowGroupRows = 1000 });
        await using var parquet = await ParquetData.OpenAsync(file);
        var read = await Task.WhenAll(Enumerable.Range(0, 4).Select(group => Task.Run(async () =>
        {
            using var reader = parquet.Read(group, [8, 2]);
            var columns = await reader.ReadAsync(1000, CancellationToken.None);
            Assert.Null(await reader.ReadAsync(1000, CancellationToken.None));
            return ParquetData.Show(columns!).ToArray();
        })));
        Assert.Equal(ParquetData.Show([values[8], values[2]]), read.SelectMany(rows => rows));
    }

    [Fact]
    public void A_null_in_a_required_column_is_refused()
    {
        var values = ParquetData.Random(ParquetData.AllTypes, 1, 1);
        values[^1] = Column.Nulls(DataType.BigInt, 1);
        var refused = Assert.Throws<StreamForgeException>(() => ParquetData.Write(ParquetData.AllTypes, values));
        Assert.Equal("column required is required, and row 0 of the file is null", refused.Message);
    }
}
