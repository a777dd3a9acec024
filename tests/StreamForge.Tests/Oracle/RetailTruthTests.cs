using StreamForge.Testing;
using StreamForge.Testing.Oracle;
using StreamForge.Testing.Retail;

namespace StreamForge.Tests.Oracle;

public class RetailTruthTests
{
    private static readonly Lazy<RetailTruth> Retail = new(() => RetailTruth.Load(RepositoryFiles.OnlineRetail));

    [Fact]
    public void Online_retail_is_the_data_set_that_it_should_be()
    {
        var retail = Retail.Value;
        Assert.Equal(541_909, retail.Lines);
        Assert.Equal(9_747_747.934m, retail.Total);
        Assert.Equal(406_829, retail.CustomerLines);
        Assert.Equal(9_288, retail.Cancellations);
        Assert.Equal(4_372, retail.Customers.Count);
        Assert.Equal(new DateTime(2011, 12, 9, 12, 50, 0, DateTimeKind.Utc), DateTime.UnixEpoch.AddMicroseconds(retail.Now - 1));
    }

    /// <summary>Computed from the same file by a few lines of another language.</summary>
    [Theory]
    [InlineData(17850, "lifetime", 312, "5288.63", "-30.60", "107.25", "15.30", "-2.90", 24, 35)]
    [InlineData(12680, "1h", 15, "249.45", "10.20", "23.40", "23.40", "14.85", 15, 1)]
    [InlineData(12680, "lifetime", 52, "862.81", "4.68", "36.00", "6.96", "14.85", 33, 4)]
    [InlineData(14911, "1d", 72, "1084.14", "4.56", "35.80", "35.40", "17.70", 72, 1)]
    [InlineData(14911, "30d", 1124, "26755.22", "-22.88", "408.00", "-15.90", "17.70", 675, 42)]
    [InlineData(14911, "lifetime", 5903, "132572.62", "-1687.17", "1687.17", "39.80", "17.70", 1794, 248)]
    public void Customers_come_to_known_numbers(
        long customer, string window, long count, string sum, string min, string max, string first, string last, long products, long invoices)
    {
        var read = Retail.Value.Read(customer, window);
        Assert.Equal((count, products, invoices), (read.Count, read.DistinctProducts, read.DistinctInvoices));
        decimal?[] expected = [Number(sum), Number(min), Number(max), Number(first), Number(last)];
        Assert.Equal(expected, [read.Sum, read.Min, read.Max, read.First, read.Last]);
        Assert.Equal((double)(Number(sum) / count), read.Average);

        static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Customer_without_recent_lines_has_empty_windows() =>
        Assert.Equal(new RetailFeatures(0, null, null, null, null, null, null, null, null, 0, 0, 0), Retail.Value.Read(17850, "30d"));

    [Fact]
    public void Both_computations_of_the_tests_agree_on_every_window()
    {
        var retail = Retail.Value;
        long[] customers = [.. retail.Customers.Order().Where((_, i) => i % 400 == 0), retail.Customers.MaxBy(c => retail.LinesOf(c)[^1].InvoiceDate)];
        foreach (var customer in customers)
        {
            var oracle = new FeatureOracle(new OracleCase(View, [.. retail.LinesOf(customer).Select(Event), new(retail.Now - 1, "newest")]));
            foreach (var window in RetailTruth.WindowNames) Same(retail.Read(customer, window), oracle.Read($"{customer}"), window);
        }
    }

    private static OracleView View { get; } = new(
        [OracleWindow.Sliding(3_600_000_000), OracleWindow.Sliding(86_400_000_000), OracleWindow.Sliding(2_592_000_000_000), OracleWindow.Lifetime],
        [
            new("count", OracleFunction.Count), new("sum", OracleFunction.Sum, "amount"), new("min", OracleFunction.Min, "amount"),
            new("max", OracleFunction.Max, "amount"), new("avg", OracleFunction.Avg, "amount"), new("first", OracleFunction.First, "amount"),
            new("last", OracleFunction.Last, "amount"), new("products", OracleFunction.Distinct, "product"),
        ]);

    private static OracleEvent Event(RetailLine line) => new(
        line.InvoiceDate, $"{line.CustomerId}", ("amount", OracleValue.Decimal.Parse($"{line.Amount}")), ("product", line.StockCode));

    private static void Same(RetailFeatures plain, OracleReading read, string window)
    {
        Assert.Equal(plain.Count, (long)((OracleValue.Integer)read[$"count_{window}"].Value!).Value);
        Assert.Equal(plain.DistinctProducts, (long)((OracleValue.Integer)read[$"products_{window}"].Value!).Value);
        foreach (var (name, amount) in new[] { ("sum", plain.Sum), ("min", plain.Min), ("max", plain.Max), ("first", plain.First), ("last", plain.Last) })
            Assert.Equal(amount is { } a ? OracleValue.Decimal.Parse($"{a}") : null, read[$"{name}_{window}"].Value);
        if (plain.Average is { } average) Assert.True(read[$"avg_{window}"].Matches(average));
    }
}
