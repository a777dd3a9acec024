using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.FeatureTests;

public sealed class SumTests
{
    private static Accumulator Doubles(IAggregate aggregate, params double[] values)
    {
        var column = new DoubleColumn(values.Length);
        foreach (var value in values) column.Append(value);
        var accumulator = new Accumulator(aggregate);
        for (var row = 0; row < values.Length; row++) accumulator.Add(column, row);
        column.Release();
        return accumulator;
    }

    [Fact]
    public void Large_terms_that_cancel_leave_the_small_ones() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var large = Enumerable.Range(0, 50).Select(_ => random.NextDouble() * 1e14).ToArray();
        var small = Enumerable.Range(0, 50).Select(_ => random.NextDouble()).ToArray();
        double[] values = [.. large, .. large.Select(v => -v), .. small];
        random.Shuffle(values);
        var exact = small.Aggregate(ExactFraction.Zero, (sum, v) => sum + ExactFraction.Of(v)).ToDouble();
        Assert.Equal(exact, Doubles(new DoubleSum(), values).Finish().Double, exact * 1e-12);
        var half = random.Next(values.Length);
        Assert.Equal(exact, Doubles(new DoubleSum(), values[..half]).Merge(Doubles(new DoubleSum(), values[half..])).Finish().Double, exact * 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_tenth_ten_million_times_is_a_million()
    {
        var column = new DoubleColumn(1);
        column.Append(0.1);
        var sum = new Accumulator(new DoubleSum());
        for (var i = 0; i < 10_000_000; i++) sum.Add(column, 0);
        Assert.Equal(1_000_000, sum.Finish().Double, 1e-9);
        column.Release();
    }

    [Fact]
    public void The_least_and_the_greatest_of_zeros_do_not_depend_on_which_came_first()
    {
        foreach (var values in (double[][])[[0.0, -0.0], [-0.0, 0.0]])
        {
            Assert.Equal("-0", Doubles(AggregateFactory.Create("min", DataType.Double, 1).Aggregate!, values).Finish().ToString());
            Assert.Equal("0", Doubles(AggregateFactory.Create("max", DataType.Double, 1).Aggregate!, values).Finish().ToString());
        }
    }

    [Fact]
    public void The_textbook_sum_that_naive_addition_loses() => Assert.Equal(2, Doubles(new DoubleSum(), 1, 1e100, 1, -1e100).Finish().Double);

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity)]
    [InlineData(double.MaxValue, double.MaxValue)]
    public void A_sum_that_is_no_number_is_no_value(double a, double b)
    {
        Assert.Equal(FeatureStatus.NullValue, Doubles(new DoubleSum(), a, b).Finish().Status);
        Assert.Equal(FeatureStatus.NullValue, Doubles(new DoubleAverage(), a, b).Finish().Status);
        Assert.Equal(FeatureStatus.NullValue, Doubles(new DoubleSum(), a).Merge(Doubles(new DoubleSum(), b)).Finish().Status);
    }

    [Fact]
    public void An_integer_sum_beyond_64_bits_is_an_error_and_comes_back_when_it_fits_again()
    {
        var column = new Int64Column(DataType.BigInt, 2);
        column.Append(long.MaxValue);
        column.Append(long.MinValue);
        var sum = new Accumulator(new IntegerSum()).Add(column, 0).Add(column, 0);
        var error = Assert.Throws<StreamForgeException>(() => sum.Finish());
        Assert.Equal((ErrorKind.OutOfRange, "the sum 18446744073709551614 does not fit bigint; sum a decimal or double column instead"), (error.Kind, error.Message));
        Assert.Equal(long.MaxValue - 1, sum.Add(column, 1).Finish().Int64);
        Assert.Equal(-2, sum.Add(column, 1).Finish().Int64);
        Assert.Equal((double)long.MaxValue, new Accumulator(new IntegerAverage()).Add(column, 0).Add(column, 0).Finish().Double);
        column.Release();
    }

    [Fact]
    public void A_decimal_sum_beyond_38_digits_is_an_error_and_comes_back_when_it_fits_again()
    {
        var column = new DecimalColumn(DataType.Decimal(38, 2), 2);
        column.Append(Decimal128.Limit - 1);
        column.Append(1 - Decimal128.Limit);
        var sum = new Accumulator(new DecimalSum(2));
        // Enough to pass 128 bits.
        for (var i = 0; i < 1000; i++) sum.Add(column, 0);
        var error = Assert.Throws<StreamForgeException>(() => sum.Finish());
        Assert.Equal((ErrorKind.OutOfRange, "the sum does not fit decimal(38,2); sum a double column instead"), (error.Kind, error.Message));
        for (var i = 0; i < 1001; i++) sum.Add(column, 1);
        Assert.Equal(1 - Decimal128.Limit, sum.Finish().Unscaled);
        column.Release();
    }
}
