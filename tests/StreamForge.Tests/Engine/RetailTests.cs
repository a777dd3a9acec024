using System.Globalization;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Testing.Retail;
using StreamForge.Tests.Examples;

namespace StreamForge.Tests.Engine;

/// <summary>A year of real order lines through the whole engine, held to a plain computation of the same file.</summary>
public sealed class RetailTests(RetailRun retail) : IClassFixture<RetailRun>
{
    private const string View = "customer_activity";

    /// <summary>Three standard errors of the sketch that a distinct beyond <c>exact_up_to</c> becomes.</summary>
    private const double SketchError = 3 * 1.04 / 64;

    [Fact]
    public void Every_line_is_read_and_none_is_bad()
    {
        Assert.Equal((541_909, 0), (retail.SortedStatus.Events, retail.SortedStatus.DeadLetters));
        Assert.Equal(541_909, Assert.Single(retail.SortedStatus.Sinks).Rows);
        Assert.Equal((retail.Truth.Lines, retail.Truth.CustomerLines), (retail.SortedStatus.Events, retail.SortedStatus.Rows));
        Assert.Equal(406_829, retail.SortedStatus.Rows);
    }

    [Fact]
    public void Features_of_every_customer_at_the_end_equal_the_plain_computation() => AssertFeatures(retail.Sorted, retail.SortedStatus);

    [Fact]
    public void Shuffled_by_weeks_the_features_are_the_same_and_nothing_is_late()
    {
        Assert.InRange(retail.FurthestBehind, 14 * EventTime.Day, 30 * EventTime.Day);
        Assert.Equal((541_909, 0, 0), (retail.ShuffledStatus.Events, retail.ShuffledStatus.DeadLetters, retail.ShuffledStatus.Late));
        AssertFeatures(retail.Shuffled, retail.ShuffledStatus);
        Assert.Equal(retail.Sorted.AllFeatures(), retail.Shuffled.AllFeatures());
    }

    [Fact]
    public async Task Sums_over_the_tables_rows_are_exact_to_the_last_digit()
    {
        foreach (var folder in new[] { retail.Sorted, retail.Shuffled })
        {
            var table = await LakeTable.ReadAsync(folder.Data, "retail.order_lines", "amount", "customer_id");
            Assert.Equal((541_909, 406_829, 9_747_747.934m), (table.Rows.Count, table.Values("customer_id"), table.Sum("amount")));
        }
    }

    [Fact]
    public async Task The_tables_rows_are_the_files_lines_in_the_files_order()
    {
        var table = await LakeTable.ReadAsync(retail.Sorted.Data, "retail.order_lines", "_source_position", "InvoiceNo", "StockCode", "customer_id");
        var rows = table.Rows.OrderBy(r => long.Parse(r[0]![(r[0]!.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture)).Select(r => string.Join(',', r[1..]));
        var expected = RetailCsv.Read(Testing.RepositoryFiles.OnlineRetail).Select(l => $"{l.InvoiceNo},{l.StockCode},{l.CustomerId?.ToString(CultureInfo.InvariantCulture)}");
        Assert.Equal(expected, rows);
    }

    private void AssertFeatures(PipelineFolder folder, EngineStatus status)
    {
        var reader = folder.AtRest.OpenFeatures(folder.Plan);
        var view = reader.Views.Single(v => v.Name == View);
        Assert.Equal(4_372, retail.Truth.Customers.Count);
        Assert.Equal(retail.Truth.Customers.Count, status.Views.Single(v => v.Name == View).Keys);
        var row = new FeatureRow();
        foreach (var customer in retail.Truth.Customers)
        {
            var key = KeyCodec.FromText(view.Entity, new Dictionary<string, string> { ["customer_id"] = customer.ToString(CultureInfo.InvariantCulture) });
            reader.Read(view, key, null, row);
            Assert.Equal(retail.Truth.Now, row.At);
            foreach (var window in RetailTruth.WindowNames) AssertWindow(view, row, retail.Truth.Read(customer, window), window, customer);
            AssertDerived(view, row, customer);
        }
    }

    private static void AssertWindow(ViewDescription view, FeatureRow row, RetailFeatures truth, string window, long customer)
    {
        Same("lines", truth.Count);
        Same("orders", truth.Count - truth.Cancellations);
        Same("spend", truth.Sum);
        Same("line_min", truth.Min);
        Same("line_max", truth.Max);
        Assert.Equal((customer, truth.FirstProduct), (customer, Text("first_product")));
        Assert.Equal((customer, truth.LastProduct), (customer, Text("last_product")));
        if (truth.Average is { } average) Assert.Equal(average, Value("line_avg").Double, Math.Abs(average) * 1e-12);
        else Assert.Equal(FeatureStatus.NullValue, Value("line_avg").Status);
        if (truth.DistinctProducts <= 1000) Same("products", truth.DistinctProducts);
        else Assert.InRange(Value("products").Int64, truth.DistinctProducts * (1 - SketchError), truth.DistinctProducts * (1 + SketchError));

        FeatureValue Value(string name) => row.Values[view.IndexOf($"{name}_{window}")];

        string? Text(string name) => Value(name).Status == FeatureStatus.Present ? Value(name).Text : null;

        void Same(string name, decimal? expected)
        {
            var value = Value(name);
            var actual = value.Status == FeatureStatus.Present ? decimal.Parse(value.ToString(), CultureInfo.InvariantCulture) : (decimal?)null;
            Assert.Equal((customer, name, window, expected), (customer, name, window, actual));
        }
    }

    private void AssertDerived(ViewDescription view, FeatureRow row, long customer)
    {
        var day = retail.Truth.Read(customer, "1d");
        var month = retail.Truth.Read(customer, "30d");
        Near("avg_order_1d", day.Count > day.Cancellations ? (double)(day.Sum!.Value / (day.Count - day.Cancellations)) : null);
        Near("cancelled_share_30d", month.Count > 0 ? 1 - (double)(month.Count - month.Cancellations) / month.Count : null);

        void Near(string name, double? expected)
        {
            var value = row.Values[view.IndexOf(name)];
            Assert.Equal((customer, name, expected is null), (customer, name, value.Status == FeatureStatus.NullValue));
            if (expected is { } number) Assert.Equal(number, double.Parse(value.ToString(), CultureInfo.InvariantCulture), Math.Max(1e-6, Math.Abs(number) * 1e-6));
        }
    }
}
