using System.Buffers;
using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Formats.Avro.Columns;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;
using StreamForge.Formats.Compression;
using StreamForge.Formats.DataFiles;

namespace StreamForge.Tests.Formats.Avro;

public sealed class AvroDataFileTests
{
    private static readonly ImmutableArray<DataFileColumn> Columns =
    [
        new("id", DataType.BigInt, 1, Required: true), new("small", DataType.Int, 2), new("ratio", DataType.Double, 3), new("ok", DataType.Boolean, 4),
        new("unit price", DataType.Decimal(10, 3), 5), new("total", DataType.Decimal(38, 3), 6), new("also", DataType.Decimal(10, 3), 7), new("name", DataType.String, 8),
        new("raw", DataType.Bytes, 9), new("day", DataType.Date, 10), new("local", DataType.Timestamp, 11), new("at", DataType.TimestampTz, 12), new("tags", new DataType(TypeKind.Array), 13),
    ];

    public static TheoryData<CompressionCodec> Codecs => [CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Zstd];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Columns_come_back_as_they_were_written(CompressionCodec codec) => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var columns = Fill(random, random.Next(0, 3000));
        var (read, rows) = ReadAll(Write(columns, codec));
        Assert.Equal(columns[0].Count, rows);
        for (var c = 0; c < columns.Length; c++)
        {
            for (var row = 0; row < rows; row++) Assert.Equal(Value(columns[c], row), Value(read[c], row));
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    [Fact]
    public void A_schema_is_printed_with_all_that_it_was_read_with()
    {
        const string json = """{"type":"record","name":"r","namespace":"a.b","fields":[{"name":"p","type":["null",{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":false}],"default":null,"doc":"x","field-id":7},{"name":"l","type":{"type":"array","items":"int","element-id":9},"field-id":8},{"name":"self","type":["null","r"],"default":null},{"name":"f","type":{"type":"fixed","name":"g","namespace":"","size":3},"field-id":10}],"odd":{"k":[1]}}""";
        Assert.Equal(json, AvroSchema.Parse(json).ToString());
        Assert.Equal(9, AvroSchema.Parse(json).Fields[1].Schema.ElementId);
    }

    [Fact]
    public void Names_that_Avro_does_not_allow_keep_their_own_beside()
    {
        var schema = AvroEncoder.SchemaOf([new("unit price", DataType.Int, 1), new("9th", DataType.Int, 2), new("unit_x20price", DataType.Int, 3)], "table");
        Assert.Equal(["unit_x20price", "_9th", "unit_x20price_"], schema.Fields.Select(f => f.Name));
        Assert.Equal(["unit price", "9th", "unit_x20price"], schema.Fields.Select(f => f.OriginalName));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(9, 4)]
    [InlineData(18, 8)]
    [InlineData(20, 9)]
    [InlineData(38, 16)]
    public void Decimals_take_the_fewest_bytes_that_hold_their_digits(int precision, int bytes) => Assert.Equal(bytes, AvroTypes.DecimalBytes(precision));

    [Fact]
    public void Damaged_bytes_give_a_sentence_and_nothing_else()
    {
        var random = new Random(7);
        foreach (var codec in new[] { CompressionCodec.None, CompressionCodec.Gzip, CompressionCodec.Zstd })
        {
            var whole = Write(Fill(random, 50), codec);
            for (var i = 0; i < 2000; i++)
            {
                var bytes = whole.ToArray();
                for (var change = random.Next(1, 4); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                var cut = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
                try
                {
                    ReadAll(bytes.AsMemory(0, cut));
                }
                catch (StreamForgeException e)
                {
                    Assert.True(e.Kind is ErrorKind.Corrupt or ErrorKind.NotSupported, e.Message);
                    Assert.Contains("memory:///object.avro", e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Any_writers_types_become_columns()
    {
        var schema = AvroSchema.Parse("""
            {"type":"record","name":"r","fields":[
              {"name":"f","type":"float"},{"name":"e","type":{"type":"enum","name":"c","symbols":["red","blue"]}},{"name":"u","type":["null","int","long"]},
              {"name":"ms","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"ns","type":{"type":"long","logicalType":"local-timestamp-nanos"}},
              {"name":"m","type":{"type":"map","values":"int"}},{"name":"n","type":{"type":"record","name":"s","fields":[{"name":"a","type":["null","s"]},{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":5,"scale":2}}]}},
              {"name":"t","type":{"type":"int","logicalType":"time-millis"}},{"name":"id","type":{"type":"fixed","name":"uuid","size":16,"logicalType":"uuid"}},{"name":"mixed","type":["string","int"]}]}
            """);
        var output = new ArrayBufferWriter<byte>();
        using var writer = new AvroFileWriter(output, schema);
        var r = writer.Record;
        r.WriteFloat(1.5f);
        r.WriteInt(1);
        r.WriteBranch(2);
        r.WriteLong(5_000_000_000);
        r.WriteLong(-1);
        r.WriteLong(-1);
        r.BeginItems(1);
        r.WriteString("k");
        r.WriteInt(3);
        r.EndItems();
        r.WriteBranch(1);
        r.WriteBranch(0);
        r.WriteBytes([0xFF]);
        r.WriteBytes([1, 0]);
        r.WriteInt(3_600_000);
        r.WriteFixed(Enumerable.Range(0, 16).Select(i => (byte)i).ToArray());
        r.WriteBranch(1);
        r.WriteInt(8);
        writer.EndRecord();
        writer.Complete();
        var (columns, rows) = ReadAll(output.WrittenMemory);
        Assert.Equal(1, rows);
        Assert.Equal([1.5, "blue", 5_000_000_000L, -1_000L, -1L, """{"k":3}""", """{"a":{"a":null,"d":-0.01},"d":2.56}""", "01:00:00.000000", "00010203-0405-0607-0809-0a0b0c0d0e0f", "8"], columns.Select(c => Value(c, 0)));
        Assert.Equal([DataType.TimestampTz, DataType.Timestamp], columns[3..5].Select(c => c.Type));
    }

    private static Column[] Fill(Random random, int rows)
    {
        var columns = Columns.Select(c => Column.Create(c.Type, rows)).ToArray();
        for (var row = 0; row < rows; row++)
        {
            for (var c = 0; c < columns.Length; c++)
            {
                if (!Columns[c].Required && random.Next(4) == 0) columns[c].AppendNull();
                else Append(columns[c], random);
            }
        }
        return columns;
    }

    private static void Append(Column column, Random random)
    {
        switch (column)
        {
            case Int64Column numbers: numbers.Append(column.Type.Kind is TypeKind.Int or TypeKind.Date ? random.Next(int.MinValue, int.MaxValue) : random.NextInt64(long.MinValue, long.MaxValue)); break;
            case DoubleColumn doubles: doubles.Append(random.Next(5) == 0 ? double.NaN : random.NextDouble() * 1e10); break;
            case BooleanColumn flags: flags.Append((byte)random.Next(2)); break;
            case DecimalColumn decimals: decimals.Append((random.Next(2) * 2 - 1) * (Int128)(random.NextDouble() * 1e9) * (column.Type.Precision == 38 ? Decimal128.Power(28) : 1)); break;
            default: ((BytesColumn)column).Append(new string((char)random.Next('a', 'ÿ'), random.Next(20))); break;
        }
    }

    private static object? Value(Column column, int row) => column.IsNull(row) ? null : column switch
    {
        Int64Column numbers => numbers[row],
        DoubleColumn doubles => doubles[row],
        BooleanColumn flags => flags[row],
        DecimalColumn decimals => decimals[row],
        _ => ((BytesColumn)column).GetString(row),
    };

    private static ReadOnlyMemory<byte> Write(Column[] columns, CompressionCodec codec)
    {
        var output = new ArrayBufferWriter<byte>();
        using var encoder = new AvroEncoder(output, Columns, codec);
        encoder.Write(columns);
        var metrics = encoder.Complete();
        Assert.Equal(output.WrittenCount, metrics.Bytes);
        Assert.Equal(columns[0].Count, metrics.Rows);
        return output.WrittenMemory;
    }

    /// <summary>All rows, read a few hundred at a time.</summary>
    private static (Column[] Columns, int Rows) ReadAll(ReadOnlyMemory<byte> bytes)
    {
        var file = Now(AvroFileReader.OpenAsync(new MemoryObject(bytes), default));
        var record = AvroColumnReader.RecordOf(file);
        var reader = new AvroColumnReader(file, [.. record.Fields.Select((f, i) => new AvroSelection(i, AvroTypes.ToColumn(f.Schema)))]);
        var whole = record.Fields.Select(f => Column.Create(AvroTypes.ToColumn(f.Schema), 16)).ToArray();
        var rows = 0;
        while (Now(reader.ReadAsync(333, default)) is { } batch)
        {
            rows += batch.Rows;
            for (var c = 0; c < whole.Length; c++)
            {
                for (var row = 0; row < batch.Rows; row++) whole[c].AppendFrom(batch.Columns[c], row);
                batch.Columns[c].Release();
            }
        }
        return (whole, rows);
    }

    /// <summary>Reading from memory never waits.</summary>
    private static T Now<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted);
#pragma warning disable VSTHRD002
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
