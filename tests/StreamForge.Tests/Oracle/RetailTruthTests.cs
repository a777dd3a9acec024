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
