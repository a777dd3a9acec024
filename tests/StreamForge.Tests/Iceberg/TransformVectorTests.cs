using System.Text;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Tests.Iceberg;

/// <summary>The test vectors of the Iceberg specification: appendix B for hashes, "Partition Transforms" for the rest, appendix D for single values.</summary>
public class TransformVectorTests
{
    [Theory]
    [InlineData(34L, 2017239379)]
    [InlineData(17486L, -653330422)]
    [InlineData(81068000000L, -662762989)]
    [InlineData(1510871468000000L, -2047944441)]
    [InlineData(1510871468000001L, -1207196810)]
    public void Numbers_hash_as_eight_bytes(long number, int hash)
    {
        Assert.Equal(hash, BucketTransform.Hash(PrimitiveType.Long, Literal.Of(number)));
        Assert.Equal(hash, BucketTransform.Hash(PrimitiveType.TimestampNs, Literal.Of(number * 1000 + 1)));
    }

    [Fact]
    public void Decimals_text_uuid_and_bytes_hash_as_the_specification_says()
    {
        Assert.Equal(-500754589, BucketTransform.Hash(PrimitiveType.Decimal(9, 2), Literal.Of(1420L)));
        Assert.Equal(1210000089, BucketTransform.Hash(PrimitiveType.String, Literal.Of("iceberg")));
        Assert.Equal(1488055340, BucketTransform.Hash(PrimitiveType.Uuid, Literal.Of(Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7").ToByteArray(bigEndian: true))));
        Assert.Equal(-188683207, BucketTransform.Hash(PrimitiveType.Binary, Literal.Of([0, 1, 2, 3])));
        Assert.Equal(-188683207, BucketTransform.Hash(PrimitiveType.Fixed(4), Literal.Of([0, 1, 2, 3])));
    }

    [Theory]
    [InlineData(10, 1, 0)]
    [InlineData(10, -1, -10)]
    [InlineData(10, -10, -10)]
    public void Numbers_are_truncated_towards_minus_infinity(int width, long number, long floor)
    {
        var truncate = new TruncateTransform(width);
        Assert.Equal(Literal.Of(floor), truncate.Apply(PrimitiveType.Long, Literal.Of(number)));
        Assert.Equal(Literal.Of(1050L), new TruncateTransform(50).Apply(PrimitiveType.Decimal(9, 2), Literal.Of(1065L)));
    }

    [Fact]
    public void Numbers_that_have_no_multiple_below_them_are_truncated_to_the_least_value()
    {
        var truncate = new TruncateTransform(10);
        Assert.Equal(Literal.Of(int.MinValue), truncate.Apply(PrimitiveType.Int, Literal.Of(int.MinValue)));
        Assert.Equal(Literal.Of(long.MinValue), truncate.Apply(PrimitiveType.Long, Literal.Of(long.MinValue + 1)));
        Assert.Equal(Literal.Of(-128L), new TruncateTransform(1000).Apply(PrimitiveType.Decimal(2, 0), Literal.Of(-99L)));
        foreach (var (type, least) in ((DataType, long)[])[(DataType.Int, int.MinValue), (DataType.BigInt, long.MinValue)])
        {
            var column = new Int64Column(type, 2);
            column.Append(least);
            column.Append(least / 10 * 10);
            var cut = (Int64Column)truncate.Apply(column);
            Assert.Equal([least, least / 10 * 10], cut.Values.ToArray());
            cut.Release();
            column.Release();
        }
    }

    [Fact]
    public void Text_is_truncated_to_code_points_and_binary_to_bytes()
    {
        var truncate = new TruncateTransform(3);
        Assert.Equal(Literal.Of("ice"), truncate.Apply(PrimitiveType.String, Literal.Of("iceberg")));
        Assert.Equal(Literal.Of("ü😀a"), truncate.Apply(PrimitiveType.String, Literal.Of("ü😀ab")));
        Assert.Equal(Literal.Of([1, 2, 3]), truncate.Apply(PrimitiveType.Binary, Literal.Of([1, 2, 3, 4])));
    }

    [Theory]
    [InlineData("year", 1510871468000000L, 47L, "2017")]
    [InlineData("month", 1510871468000000L, 574L, "2017-11")]
    [InlineData("day", 1510871468000000L, 17486L, "2017-11-16")]
    [InlineData("hour", 1510871468000000L, 419686L, "2017-11-16-22")]
    [InlineData("year", -1L, -1L, "1969")]
    [InlineData("month", -1L, -1L, "1969-12")]
    [InlineData("day", -1L, -1L, "1969-12-31")]
    [InlineData("hour", -1L, -1L, "1969-12-31-23")]
    public void Times_are_cut_towards_minus_infinity(string transform, long micros, long value, string human)
    {
        var time = Transform.Parse(transform);
        Assert.Equal(Literal.Of(value), time.Apply(PrimitiveType.Timestamp, Literal.Of(micros)));
        Assert.Equal(Literal.Of(value), time.Apply(PrimitiveType.TimestampTzNs, Literal.Of(micros * 1000 + 999)));
        Assert.Equal(human, time.ToHuman(PrimitiveType.Timestamp, Literal.Of(value)));
    }

    [Fact]
    public void A_column_is_transformed_as_its_values_are()
    {
        using var columns = new Owned();
        foreach (var type in (DataType[])[DataType.Int, DataType.BigInt, DataType.Date, DataType.Timestamp, DataType.Decimal(20, 3), DataType.String, DataType.Bytes])
        {
            var source = TypeMapping.ToIceberg(type);
            var column = columns.Add(Column.Create(type, 4));
            for (var i = -3; i < 4; i++) Append(column, i * 1_234_567);
            column.AppendNull();
            foreach (var transform in (Transform[])[new BucketTransform(7), new TruncateTransform(5), new TimeTransform(TimeUnit.Month), new TimeTransform(TimeUnit.Hour), new IdentityTransform(), new VoidTransform()])
            {
                if (!transform.CanApplyTo(source)) continue;
                var result = columns.Add(transform.Apply(column));
                for (var row = 0; row < column.Count; row++) Assert.Equal(transform.Apply(source, Literal.Of(column, row)), Literal.Of(result, row));
            }
        }
    }

    [Fact]
    public void Single_values_have_the_specified_bytes_and_come_back()
    {
        (PrimitiveType Type, Literal Value, string Hex)[] vectors =
        [
            (PrimitiveType.Boolean, Literal.Of(1L), "01"),
            (PrimitiveType.Int, Literal.Of(-2L), "FEFFFFFF"),
            (PrimitiveType.Long, Literal.Of(1L), "0100000000000000"),
            (PrimitiveType.Float, Literal.Of(-4.5), "000090C0"),
            (PrimitiveType.Double, Literal.Of(6.0), "0000000000001840"),
            (PrimitiveType.Date, Literal.Of(1000L), "E8030000"),
            (PrimitiveType.Timestamp, Literal.Of(400000L), "801A060000000000"),
            (PrimitiveType.String, Literal.Of("ABC"), "414243"),
            (PrimitiveType.Uuid, Literal.Of(Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7").ToByteArray(bigEndian: true)), "F79C3E09677C4BBDA4793F349CB785E7"),
            (PrimitiveType.Decimal(4, 2), Literal.Of(345L), "0159"),
            (PrimitiveType.Decimal(7, 4), Literal.Of(1234567L), "12D687"),
            (PrimitiveType.Decimal(7, 4), Literal.Of(-1234567L), "ED2979"),
            (PrimitiveType.Decimal(9, 2), Literal.Of(-1L), "FF"),
            (PrimitiveType.Decimal(9, 2), Literal.Of(128L), "0080"),
        ];
        foreach (var (type, value, hex) in vectors)
        {
            Assert.Equal(hex, Convert.ToHexString(SingleValue.ToBytes(type, value)));
            Assert.True(SingleValue.TryRead(type, Convert.FromHexString(hex), out var read));
            Assert.Equal(value, read);
        }
        Assert.False(SingleValue.TryRead(PrimitiveType.Long, [1, 2], out _));
    }

    private static void Append(Column column, long number)
    {
        switch (column)
        {
            case Int64Column numbers: numbers.Append(number); break;
            case DecimalColumn decimals: decimals.Append((Int128)number * number * number); break;
            case BytesColumn bytes: bytes.Append(Encoding.UTF8.GetBytes($"ü😀{number}")); break;
        }
    }

    private sealed class Owned : IDisposable
    {
        private readonly List<Column> _columns = [];

        public Column Add(Column column)
        {
            _columns.Add(column);
            return column;
        }

        public void Dispose() => _columns.ForEach(column => column.Release());
    }
}
