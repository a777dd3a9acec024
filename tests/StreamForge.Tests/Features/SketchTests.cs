using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Tests.FeatureTests;

/// <summary>Quantiles within the error that they publish, over any numbers.</summary>
public sealed class SketchTests
{
    [Theory]
    [InlineData(0.2)]
    [InlineData(0.01)]
    [InlineData(0.0001)]
    [InlineData(0.000001)]
    public void Every_quantile_is_within_its_relative_error(double error) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var column = new DoubleColumn(0);
        var spread = random.Next(1, 300);
        for (var i = random.Next(1, 2000); i > 0; i--) column.Append(Math.Pow(10, (random.NextDouble() - 0.5) * 2 * spread) * (random.Next(3) - 1));
        var sorted = column.Values.ToArray().Order().ToArray();
        foreach (var q in (double[])[0, 0.01, 0.5, random.NextDouble(), 0.999, 1])
        {
            var aggregate = AggregateFactory.Create("quantile", DataType.Double, new AggregateParameters { Q = q, RelativeError = error }).Aggregate!;
            var accumulator = new Accumulator(aggregate);
            for (var row = 0; row < column.Count; row++) accumulator.Add(column, row);
            var exact = sorted[(int)Math.Floor(q * (sorted.Length - 1))];
            Assert.InRange(accumulator.Finish().Double, exact - Math.Abs(exact) * error, exact + Math.Abs(exact) * error);
        }
        column.Release();
    }));

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(double.MinValue)]
    [InlineData(double.Epsilon)]
    [InlineData(-double.Epsilon)]
    [InlineData(1)]
    public void The_ends_of_the_doubles_have_buckets_of_their_own(double value)
    {
        var column = new DoubleColumn(1);
        column.Append(value);
        var median = new Accumulator(AggregateFactory.Create("quantile", DataType.Double, new AggregateParameters()).Aggregate!).Add(column, 0).Finish().Double;
        // The least double is one half of a rounding away from anything.
        Assert.InRange(median, value - Math.Abs(value) * 0.01 - double.Epsilon, value + Math.Abs(value) * 0.01 + double.Epsilon);
        column.Release();
    }

    [Fact]
    public void A_number_in_any_other_type_is_the_double_that_it_is()
    {
        var (integers, decimals) = (new Int64Column(DataType.BigInt, 1), new DecimalColumn(DataType.Decimal(38, 10), 1));
        integers.Append(long.MinValue);
        decimals.Append(Decimal128.Limit - 1);
        Assert.Equal(-9.2e18, Median(integers), 0.1e18);
        Assert.Equal(1e28, Median(decimals), 0.01e28);

        static double Median(Column column)
        {
            var result = new Accumulator(AggregateFactory.Create("quantile", column.Type, new AggregateParameters()).Aggregate!).Add(column, 0).Finish().Double;
            column.Release();
            return result;
        }
    }
}
