using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class KeyCodecTests
{
    private static byte[] Encode(IEnumerable<Column> components, int row)
    {
        var bytes = new List<byte>();
        foreach (var column in components)
        {
            var target = new byte[KeyCodec.MaxLength(column, row)];
            bytes.AddRange(target[..KeyCodec.Write(column, row, target)]);
        }
        return [.. bytes];
    }

    private static byte[] Encode(DataType type, Action<Column> append)
    {
        var column = Column.Create(type, 1);
        append(column);
        var key = Encode([column], 0);
        column.Release();
        return key;
    }

    private static byte[] Text(DataType type, string text) => KeyCodec.FromText([new("k", type)], new Dictionary<string, string> { ["k"] = text });

    /// <summary>What makes two components the same key: their sort of value, and the value.</summary>
    private static (string Sort, object Value) Meaning(Column column, int row)
    {
        var value = AnyColumn.Value(column, row)!;
        return column.Type.Kind switch
        {
            TypeKind.Int or TypeKind.BigInt => ("integer", value),
            TypeKind.Timestamp or TypeKind.TimestampTz => ("time", value),
            TypeKind.Decimal => ("decimal", System.Numerics.BigInteger.Pow(10, 38 - column.Type.Scale) * (Int128)value),
            TypeKind.Double => ("double", (double)value is var d && double.IsNaN(d) ? "NaN" : d == 0 ? 0.0 : d),
            TypeKind.Array or TypeKind.Map or TypeKind.Row or TypeKind.String => ("text", value),
            var kind => (kind.ToString(), value),
        };
    }

    [Fact]
    public void Keys_have_equal_bytes_exactly_when_they_are_equal()
    {
        var shapes = from count in Gen.Choose(1, 3)
                     from types in Gen.Elements(AnyColumn.Types).ListOf(count)
                     select types.ToArray();
        Prop.ForAll(shapes.ToArbitrary(), shapes.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (one, other, seed) =>
        {
            var random = new Random(seed);
            // Often the same types, so that equal keys are met.
            if (random.Next(3) > 0) other = one;
            var a = one.Select(t => AnyColumn.Of(t, random, 30)).ToArray();
            var b = other.Select(t => AnyColumn.Of(t, random, 30)).ToArray();
            for (var i = 0; i < 30; i++)
            {
                for (var j = 0; j < 30; j++)
                {
                    var same = a.Length == b.Length && a.Zip(b).All(pair => Meaning(pair.First, i).Equals(Meaning(pair.Second, j)));
                    Assert.Equal(same, Encode(a, i).AsSpan().SequenceEqual(Encode(b, j)));
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_key_read_back_has_the_values_that_were_written() => Prop.ForAll(AnyColumn.Arbitrary(), AnyColumn.Arbitrary(), (first, second) =>
    {
        Column[] columns = [AnyColumn.Of(first.Type, new Random(first.Seed), 10), AnyColumn.Of(second.Type, new Random(second.Seed), 10)];
        ImmutableArray<Field> entity = [new("a", first.Type), new("b", second.Type)];
        for (var row = 0; row < 10; row++)
        {
            var key = Encode(columns, row);
            var values = KeyCodec.Read(key, entity);
            for (var c = 0; c < 2; c++)
            {
                var expected = FeatureValue.From(columns[c], row);
                Assert.Equal(expected.Status, values[c].Status);
                var written = expected.ToString();
                // What a key does not keep: a decimal's trailing zeros, and the sign of zero.
                if (columns[c] is DecimalColumn && written.Contains('.', StringComparison.Ordinal)) written = written.TrimEnd('0').TrimEnd('.');
                Assert.Equal(columns[c] is DoubleColumn && written == "-0" ? "0" : written, values[c].ToString());
            }
            var reader = new KeyReader(key);
            for (var c = 0; c < 2; c++)
            {
                Assert.True(reader.Read());
                if (columns[c] is BytesColumn bytes) Assert.True(reader.Bytes.SequenceEqual(bytes[row]));
                else if (columns[c] is DecimalColumn decimals) Assert.True(Decimal128.TryRescale(reader.Unscaled, reader.Scale, decimals.Type.Scale, out var unscaled) && unscaled == decimals[row]);
                else if (columns[c] is DoubleColumn doubles) Assert.Equal(doubles[row] == 0 ? 0 : doubles[row], reader.Double);
                else Assert.Equal(columns[c] is BooleanColumn booleans ? booleans[row] : ((Int64Column)columns[c])[row], reader.Int64);
            }
            Assert.False(reader.Read());
        }
        foreach (var column in columns) column.Release();
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("161")]
    [InlineData("161.0")]
    [InlineData("+161.000")]
    [InlineData("1.61e2")]
    [InlineData("16100e-2")]
    public void Numbers_given_as_text_match_by_value(string text)
    {
        Assert.Equal(Encode(DataType.BigInt, c => ((Int64Column)c).Append(161)), Text(DataType.BigInt, text));
        Assert.Equal(Encode(DataType.Int, c => ((Int64Column)c).Append(161)), Text(DataType.Int, text));
        Assert.Equal(Encode(DataType.Double, c => ((DoubleColumn)c).Append(161)), Text(DataType.Double, text));
        Assert.Equal(Encode(DataType.Decimal(10, 3), c => ((DecimalColumn)c).Append(161_000)), Text(DataType.Decimal(10, 3), text));
        Assert.Equal(Encode(DataType.Decimal(38, 0), c => ((DecimalColumn)c).Append(161)), Text(DataType.Decimal(10, 3), text));
    }

    [Fact]
    public void The_same_value_has_one_key_however_it_is_kept()
    {
        Assert.Equal(Text(DataType.Double, "0"), Text(DataType.Double, "-0.0"));
        Assert.Equal(Encode(DataType.Double, c => ((DoubleColumn)c).Append(double.NaN)), Encode(DataType.Double, c => ((DoubleColumn)c).Append(-double.NaN)));
        Assert.Equal(Text(DataType.Decimal(10, 3), "1.500"), Text(DataType.Decimal(5, 1), "1.5"));
        Assert.Equal(Text(DataType.Decimal(10, 3), "100"), Text(DataType.Decimal(5, 0), "100"));
        Assert.Equal(Text(DataType.Timestamp, "2020-01-01 00:00"), Text(DataType.TimestampTz, "2020-01-01T01:00:00+01:00"));
        Assert.NotEqual(Text(DataType.String, "161"), Text(DataType.BigInt, "161"));
        Assert.NotEqual(Text(DataType.Double, "161"), Text(DataType.BigInt, "161"));
    }

    [Theory]
    [InlineData("bigint", "161.5")]
    [InlineData("bigint", "161.0000001")]
    [InlineData("bigint", "160.9999999999")]
    [InlineData("bigint", "1e-30")]
    [InlineData("bigint", "9223372036854775808")]
    [InlineData("bigint", "161x")]
    [InlineData("bigint", "")]
    [InlineData("int", "2147483648")]
    [InlineData("int", "-2147483649")]
    [InlineData("double", "NaN")]
    [InlineData("double", "1e999")]
    [InlineData("double", "1\0")]
    [InlineData("decimal(10,2)", "1.005")]
    [InlineData("decimal(10,2)", "1.00000000000000000000000000000000000000000001")]
    [InlineData("decimal(3,2)", "10")]
    [InlineData("boolean", "1")]
    [InlineData("date", "2021-02-29")]
    [InlineData("date", "2021-2-3")]
    [InlineData("timestamptz", "yesterday")]
    [InlineData("bytes", "?")]
    public void Text_that_is_not_of_the_type_is_refused(string type, string text)
    {
        Assert.True(DataType.TryParse(type, out var of));
        var error = Assert.Throws<StreamForgeException>(() => Text(of, text));
        Assert.Equal((ErrorKind.InvalidArgument, $"k={text} is no {type}"), (error.Kind, error.Message));
        Assert.False(KeyCodec.TryWriteText(of, Encoding.UTF8.GetBytes(text), new byte[text.Length * 4 + 18], out var written));
        Assert.Equal(0, written);
    }

    [Fact]
    public void Text_and_UTF8_give_the_same_key_and_find_the_row_that_they_were_written_from() => Prop.ForAll(AnyColumn.Arbitrary(), any =>
    {
        var column = AnyColumn.Of(any.Type, new Random(any.Seed), 10);
        for (var row = 0; row < 10; row++)
        {
            var value = FeatureValue.From(column, row);
            if (value.Status != FeatureStatus.Present) continue;
            if (any.Type.Kind == TypeKind.Int && value.Int64 != (int)value.Int64) continue;
            if (any.Type.Kind == TypeKind.Decimal && !Decimal128.Fits(value.Unscaled, any.Type.Precision)) continue;
            if (any.Type.IsTimestamp && value.Int64 is < EventTime.Earliest or > EventTime.Latest) continue;
            var text = value.ToString();
            var expected = Encode([column], row);
            Assert.Equal(expected, Text(any.Type, text));
            var utf8 = Encoding.UTF8.GetBytes(text);
            var target = new byte[utf8.Length + 18];
            Assert.True(KeyCodec.TryWriteText(any.Type, utf8, target, out var written));
            Assert.Equal(expected, target[..written]);
        }
        column.Release();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Missing_and_unknown_columns_are_named_with_what_the_key_needs()
    {
        ImmutableArray<Field> entity = [new("user", DataType.BigInt), new("country", DataType.String)];
        Assert.Equal(
            "the key lacks country; it needs user=<bigint>, country=<string>",
            Assert.Throws<StreamForgeException>(() => KeyCodec.FromText(entity, new Dictionary<string, string> { ["user"] = "1" })).Message);
        var unknown = Assert.Throws<StreamForgeException>(
            () => KeyCodec.FromText(entity, new Dictionary<string, string> { ["user"] = "1", ["country"] = "FI", ["User"] = "2" }));
        Assert.Equal((ErrorKind.InvalidArgument, "the key has no column User; it needs user, country"), (unknown.Kind, unknown.Message));
    }

    [Fact]
    public void Components_follow_the_views_order_and_keep_their_documented_bytes()
    {
        ImmutableArray<Field> entity = [new("u", DataType.BigInt), new("s", DataType.String), new("b", DataType.Boolean), new("d", DataType.Decimal(5, 2)), new("t", DataType.Date)];
        var key = KeyCodec.FromText(entity, new Dictionary<string, string> { ["t"] = "1970-01-02", ["d"] = "1.50", ["b"] = "true", ["s"] = "hé", ["u"] = "-2" });
        Assert.Equal("69FFFFFFFFFFFFFFFE" + "730368C3A9" + "6201" + "6D01" + "0000000000000000000000000000000F" + "440000000000000001", Convert.ToHexString(key));
    }
}
