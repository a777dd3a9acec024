using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;

namespace StreamForge.Tests.Core;

public sealed class FeatureValueTests
{
    [Fact]
    public void A_value_taken_from_a_column_goes_back_into_one_as_it_was() => Prop.ForAll(AnyColumn.Arbitrary(), any =>
    {
        var column = AnyColumn.Of(any.Type, new Random(any.Seed), 20, nulls: 0.2);
        var copy = Column.Create(any.Type, 0);
        for (var row = 0; row < column.Count; row++)
        {
            var value = FeatureValue.From(column, row);
            Assert.Equal(any.Type, value.Type);
            value.AppendTo(copy);
        }
        var expected = AnyColumn.Values(column).Select(v => v is double d && !double.IsFinite(d) ? null : v);
        Assert.Equal(expected, AnyColumn.Values(copy));
        column.Release();
        copy.Release();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Doubles_without_a_JSON_form_are_no_value()
    {
        foreach (var value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            Assert.Equal((FeatureStatus.NullValue, "null"), (FeatureValue.OfDouble(value).Status, FeatureValue.OfDouble(value).ToString()));
        Assert.Equal((FeatureStatus.Present, 0.1), (FeatureValue.OfDouble(0.1).Status, FeatureValue.OfDouble(0.1).Double));
    }

    [Fact]
    public void Values_are_written_as_people_read_them()
    {
        Assert.Equal("true", FeatureValue.OfBoolean(true).ToString());
        Assert.Equal("-7", FeatureValue.OfInt64(DataType.BigInt, -7).ToString());
        Assert.Equal("0.1", FeatureValue.OfDouble(0.1).ToString());
        Assert.Equal("-1.50", FeatureValue.OfDecimal(DataType.Decimal(5, 2), -150).ToString());
        Assert.Equal("1969-12-31", FeatureValue.OfInt64(DataType.Date, -1).ToString());
        Assert.Equal("1969-12-31T23:59:59.999999Z", FeatureValue.OfInt64(DataType.TimestampTz, -1).ToString());
        Assert.Equal("x", FeatureValue.OfText(DataType.String, "x").ToString());
        Assert.Equal("null", FeatureValue.Missing(DataType.Int, FeatureStatus.NotFound).ToString());
    }
}
