using System.Numerics;
using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleAggregateTests
{
    [Fact]
    public void Aggregates_skip_nulls_except_a_count_of_rows()
    {
        Assert.Equal("3", Read(View(OracleWindow.Lifetime), null, At(0, null), At(1, 5), At(2, 7)).Value!.ToString());
        Assert.Equal("2", Over(OracleFunction.Count, null, 5L, 7L).Value!.ToString());
        Assert.Equal("12", Over(OracleFunction.Sum, null, 5L, 7L).Value!.ToString());
        Assert.Equal("6", Over(OracleFunction.Avg, null, 5L, 7L).Value!.ToString());
        Assert.Equal("5", Over(OracleFunction.First, null, 5L, 7L, null).Value!.ToString());
        Assert.Equal("7", Over(OracleFunction.Last, null, 5L, 7L, null).Value!.ToString());
        Assert.Equal("5", Over(OracleFunction.Min, 7L, null, 5L).Value!.ToString());
        Assert.Equal("7", Over(OracleFunction.Max, 5L, null, 7L).Value!.ToString());
        Assert.Equal("2", Over(OracleFunction.Distinct, 5L, null, 7L, 5L).Value!.ToString());
    }

    [Theory]
    [InlineData(OracleFunction.Count, "0")]
    [InlineData(OracleFunction.Distinct, "0")]
    [InlineData(OracleFunction.Sum, null)]
    [InlineData(OracleFunction.Avg, null)]
    [InlineData(OracleFunction.Min, null)]
    [InlineData(OracleFunction.Max, null)]
    [InlineData(OracleFunction.First, null)]
    [InlineData(OracleFunction.Last, null)]
    public void Known_key_with_an_empty_window_has_zero_counts_and_nulls(OracleFunction function, string? value)
    {
        var view = View(OracleWindow.Sliding(10 * S), function, "v");
        foreach (var feature in new[] { Read(view, 1000 * S, At(1)), Read(view, null, At(1, null)) })
        {
            Assert.Equal(value, feature.Value?.ToString());
            Assert.Equal(value is null ? OracleStatus.NullValue : OracleStatus.Present, feature.Status);
        }
        var unknown = World(view, At(1)).Read("nobody");
        Assert.False(unknown.Known);
        Assert.Equal(OracleStatus.NotFound, unknown.Features[0].Status);
    }

    [Fact]
    public void Predicate_that_is_false_or_unknown_does_not_count()
    {
        var atLeastThree = new OracleComparison("v", ">=", 3L);
        Assert.Equal("v >= 3", atLeastThree.Sql);
        var view = new OracleView([OracleWindow.Lifetime], [new("big", OracleFunction.Count, Where: atLeastThree.AsWhere()), new("all", OracleFunction.Count)]);
        var read = World(view, At(0, 2), At(1, 3), At(2, 4), At(3, null)).Read("k");
        Assert.Equal("2", read["big_lifetime"].Value!.ToString());
        Assert.Equal("4", read["all_lifetime"].Value!.ToString());
    }

    [Fact]
    public void Sum_of_integers_is_exact_and_says_when_it_leaves_64_bits()
    {
        var fits = Over(OracleFunction.Sum, long.MaxValue, long.MaxValue, long.MinValue);
        Assert.Equal("9223372036854775806", fits.Value!.ToString());
        Assert.False(fits.Overflows);
        var over = Over(OracleFunction.Sum, long.MaxValue, 1L);
        Assert.Equal("9223372036854775808", over.Value!.ToString());
        Assert.True(over.Overflows);
    }

    [Fact]
    public void Sum_of_decimals_is_exact_and_says_when_it_leaves_38_digits()
    {
        Assert.Equal("0.30", Over(OracleFunction.Sum, OracleValue.Decimal.Parse("0.10"), OracleValue.Decimal.Parse("0.20")).Value!.ToString());
        Assert.Equal("-0.005", Over(OracleFunction.Sum, OracleValue.Decimal.Parse("-0.010"), OracleValue.Decimal.Parse("0.005")).Value!.ToString());
        var largest = new OracleValue.Decimal(BigInteger.Pow(10, 38) - 1, 3);
        Assert.False(Over(OracleFunction.Sum, largest).Overflows);
        Assert.True(Over(OracleFunction.Sum, largest, OracleValue.Decimal.Parse("0.001")).Overflows);
    }

    [Fact]
    public void Sums_and_averages_of_doubles_are_rounded_once()
    {
        Assert.Equal(1.0, Double(Over(OracleFunction.Sum, [.. Enumerable.Repeat<OracleValue?>(0.1, 10)])));
        Assert.Equal(1.0, Double(Over(OracleFunction.Sum, 1e16, 1.0, -1e16)));
        Assert.Equal(2.0 / 3, Double(Over(OracleFunction.Avg, 1L, 0L, 1L)));
        Assert.Equal(0.1, Double(Over(OracleFunction.Avg, OracleValue.Decimal.Parse("0.1"))));
        Assert.True(Over(OracleFunction.Sum, double.MaxValue, double.MaxValue).Overflows);
    }

    [Fact]
    public void Match_allows_for_what_cancelled_out_and_nothing_more()
    {
        var plain = Over(OracleFunction.Sum, 0.1, 0.2);
        Assert.True(plain.Matches(0.1 + 0.2));
        Assert.False(plain.Matches(0.3 + 1e-11));
        Assert.True(Over(OracleFunction.Sum, 1e16, 1.0, -1e16).Matches(0));
        Assert.True(Over(OracleFunction.Sum, OracleValue.Decimal.Parse("0.30")).Matches(0.3));
    }

    [Fact]
    public void First_and_last_go_by_event_time_and_ties_by_arrival()
    {
        OracleEvent[] events = [Of(20, 1L), Of(10, 2L), Of(20, 3L), Of(10, 4L), Of(15, 5L)];
        Assert.Equal("2", Read(View(OracleWindow.Lifetime, OracleFunction.First, "v"), null, events).Value!.ToString());
        Assert.Equal("3", Read(View(OracleWindow.Lifetime, OracleFunction.Last, "v"), null, events).Value!.ToString());
    }

    [Fact]
    public void Tie_between_partitions_is_marked_as_open()
    {
        var view = View(OracleWindow.Lifetime, OracleFunction.Last, "v") with { Partitions = 2 };
        Assert.True(Read(view, null, Of(5, 1L), Of(5, 2L) with { Partition = 1 }).Open);
        Assert.False(Read(view, null, Of(5, 1L), Of(5, 1L) with { Partition = 1 }).Open);
        Assert.False(Read(view, null, Of(5, 1L), Of(5, 2L)).Open);
    }

    [Fact]
    public void Order_and_equality_are_those_of_the_type()
    {
        Assert.Equal("\U0001F600", Over(OracleFunction.Max, "\uFFFD", "\U0001F600", "z").Value!.ToString());
        Assert.Equal("-2.5", Over(OracleFunction.Min, OracleValue.Decimal.Parse("-2.50"), OracleValue.Decimal.Parse("-2.499")).Value!.ToString()!.TrimEnd('0'));
        Assert.Equal("2", Over(OracleFunction.Distinct, OracleValue.Decimal.Parse("1.0"), OracleValue.Decimal.Parse("1.00"), OracleValue.Decimal.Parse("10")).Value!.ToString());
        Assert.Equal(OracleValue.Decimal.Parse("1.0"), OracleValue.Decimal.Parse("1.00"));
        Assert.Equal(OracleValue.Decimal.Parse("1.0").GetHashCode(), OracleValue.Decimal.Parse("1.00").GetHashCode());
        Assert.Throws<ArgumentException>(() => Over(OracleFunction.Max, 1L, "one"));
    }

    private static double Double(OracleFeature feature) => Assert.IsType<OracleValue.Real>(feature.Value).Value;

    [Theory]
    [InlineData(new long[] { 1, 2, 3, 4 }, 5.0 / 3)]
    [InlineData(new long[] { 7, 7 }, 0)]
    public void Variance_is_the_samples_and_null_below_two(long[] values, double expected)
    {
        Assert.True(Over(OracleFunction.Variance, [.. values.Select(v => (OracleValue)v)]).Matches(expected));
        Assert.True(Over(OracleFunction.Stddev, [.. values.Select(v => (OracleValue)v)]).Matches(Math.Sqrt(expected)));
        Assert.Equal(OracleStatus.NullValue, Over(OracleFunction.Variance, 5L, null).Status);
    }

    [Fact]
    public void Quantile_is_the_lower_one_within_its_published_error()
    {
        var feature = With(new OracleAggregate("a", OracleFunction.Quantile, "v") { Q = 0.5, RelativeError = 0.01 }, 100L, 400L, 300L, 200L);
        Assert.True(feature.Matches(200) && feature.Matches(202) && feature.Matches(198));
        Assert.False(feature.Matches(202.1) || feature.Matches(300));
    }

    [Theory]
    [InlineData(1, "[2]")]
    [InlineData(3, "[2, 1, 3]")]
    [InlineData(9, "[2, 1, 3]")]
    public void Most_frequent_come_first_and_ties_by_smaller_value(int k, string expected) =>
        Assert.Equal(expected, With(new OracleAggregate("a", OracleFunction.TopK, "v") { N = k }, 3L, 2L, 1L, 2L, null).Value!.ToString());

    [Fact]
    public void Histogram_counts_in_half_open_buckets() =>
        Assert.Equal("[1, 2, 1]", With(new OracleAggregate("a", OracleFunction.Histogram, "v") { Bounds = [0L, 10L] }, -1L, 0L, 9L, 10L).Value!.ToString());

    [Fact]
    public void Ratio_divides_two_sums_and_is_null_over_nothing()
    {
        OracleTerm large = new(null, new("v", ">", 2L));
        Assert.True(With(new OracleAggregate("a", OracleFunction.Ratio) { Numerator = large }, 1L, 2L, 3L, null).Matches(0.25));
        Assert.True(With(new OracleAggregate("a", OracleFunction.Ratio) { Numerator = new("v"), Denominator = large }, 1L, 2L, 3L, 4L).Matches(5));
        Assert.Equal(OracleStatus.NullValue, With(new OracleAggregate("a", OracleFunction.Ratio) { Numerator = new("v"), Denominator = large }, 1L).Status);
    }

    [Fact]
    public void Distinct_beyond_what_is_counted_exactly_is_an_estimate()
    {
        var values = Enumerable.Range(0, 200).Select(v => (OracleValue?)v).ToArray();
        Assert.False(With(new OracleAggregate("a", OracleFunction.Distinct, "v"), values).MatchesCount(199));
        var estimated = With(new OracleAggregate("a", OracleFunction.Distinct, "v") { ExactUpTo = 100 }, values);
        Assert.True(estimated.MatchesCount(210));
        Assert.False(estimated.MatchesCount(217));
    }

    private static OracleFeature With(OracleAggregate aggregate, params OracleValue?[] values) =>
        Read(new OracleView([OracleWindow.Lifetime], [aggregate]), null, [.. values.Select((v, i) => Of(i, v))]);
}
