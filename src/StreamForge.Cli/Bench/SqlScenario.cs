using System.Diagnostics;
using StreamForge.Core;
using StreamForge.Sql;

namespace StreamForge.Cli.Bench;

/// <summary><c>sql</c>: expressions over one batch that stays in the cache, evaluated again and again on one thread.</summary>
internal sealed class SqlScenario : IBenchScenario
{
    public const int Rows = 8192;

    private const double SecondsEach = 1;

    /// <summary>What is measured, by name.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Expressions { get; } =
    [
        ("double_arithmetic", "price * weight + 3"),
        ("decimal_arithmetic", "amount * quantity"),
        ("integer_comparison", "quantity BETWEEN 2 AND 5"),
        ("three_valued_logic", "price > 100 AND quantity < 5 OR event_type = 'purchase'"),
        ("case", "CASE WHEN price > 100 THEN 'high' WHEN price > 10 THEN 'middle' ELSE 'low' END"),
        ("in_list", "event_type IN ('checkout', 'purchase')"),
        ("like", "page_url LIKE '/products/%'"),
        ("upper", "UPPER(event_type)"),
        ("date_format", "DATE_FORMAT(event_time, 'yyyy-MM-dd')"),
        ("cast_to_decimal", "CAST(price AS DECIMAL(12, 2))"),
        ("json_value", "JSON_VALUE(payload, '$.cart.items[1].sku')"),
    ];

    public string Name => "sql";

    public string Summary => "Vectorised evaluation of a handful of SQL expressions: nanoseconds a row on one thread";

    public Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation) => Task.Run(() => Run(context, cancellation), cancellation);

    private static BenchReport Run(BenchContext context, CancellationToken cancellation)
    {
        var batch = Batch();
        var evaluation = new EvaluationContext(TimeProvider.System);
        var errors = new RowErrors();
        var seconds = SecondsEach * Math.Min(context.Scale, 1);
        var measures = new List<BenchMeasure> { new("rows_a_batch", Rows, "rows") };
        foreach (var (name, sql) in Expressions)
        {
            context.Progress(sql);
            var expression = SqlExpression.Compile(sql, batch.Schema).Require();
            measures.Add(new BenchMeasure(name, NanosecondsARow(() => expression.Evaluate(batch, evaluation, errors).Release(), seconds, cancellation), "ns/row"));
        }
        measures.Add(new BenchMeasure("failed_rows", errors.Reasons.Count, "rows"));
        double[] prices = [.. ((DoubleColumn)batch["price"]).Values], weights = [.. ((DoubleColumn)batch["weight"]).Values], results = new double[Rows];
        var plain = NanosecondsARow(() => Multiply(prices, weights, results), seconds, cancellation);
        measures.Add(new BenchMeasure("double_loop", plain, "ns/row"));
        measures.Add(new BenchMeasure("double_arithmetic_to_loop", measures.Single(m => m.Name == "double_arithmetic").Value / plain, "ratio"));
        batch.Release();
        return new BenchReport(measures)
        {
            Notes = [.. Expressions.Select(e => $"{e.Name}: {e.Sql}"), "double_loop is double_arithmetic written as a plain loop over arrays without nulls."],
        };
    }

    private static void Multiply(double[] a, double[] b, double[] results)
    {
        for (var i = 0; i < results.Length; i++) results[i] = a[i] * b[i] + 3;
    }

    /// <summary>The best of five stretches, after one to warm up: what the code costs when nothing disturbs it.</summary>
    private static double NanosecondsARow(Action evaluate, double seconds, CancellationToken cancellation)
    {
        var best = double.MaxValue;
        for (var stretch = 0; stretch < 6; stretch++)
        {
            cancellation.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var batches = 0;
            double elapsed;
            do
            {
                evaluate();
                batches++;
                elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            }
            while (elapsed < seconds / 6);
            if (stretch > 0) best = Math.Min(best, elapsed / batches / Rows * 1e9);
        }
        return best;
    }

    /// <summary>Rows as a shop's events have them: an eighth of the prices and page addresses is null.</summary>
    public static ColumnBatch Batch()
    {
        var random = new Random(1);
        string[] types = ["page_view", "product_click", "add_to_cart", "checkout", "purchase"];
        var price = new DoubleColumn(Rows);
        var weight = new DoubleColumn(Rows);
        var amount = new DecimalColumn(DataType.Decimal(10, 2), Rows);
        var quantity = new Int64Column(DataType.BigInt, Rows);
        var eventType = new BytesColumn(DataType.String, Rows);
        var page = new BytesColumn(DataType.String, Rows);
        var time = new Int64Column(DataType.TimestampTz, Rows);
        var payload = new BytesColumn(DataType.String, Rows);
        for (var i = 0; i < Rows; i++)
        {
            var hasProduct = random.Next(8) > 0;
            if (hasProduct) price.Append(random.Next(1, 20_000) / 100.0);
            else price.AppendNull();
            weight.Append(random.NextDouble());
            amount.Append(random.Next(1, 1_000_000));
            quantity.Append(random.Next(1, 10));
            eventType.Append(types[random.Next(types.Length)]);
            if (hasProduct) page.Append($"/{(random.Next(2) == 0 ? "products" : "c")}/p-{random.Next(500)}");
            else page.AppendNull();
            time.Append(1_704_067_200_000_000 + random.NextInt64(30 * EventTime.Day));
            payload.Append($$"""{"device":"mobile","cart":{"id":{{i}},"items":[{"sku":"p-{{random.Next(500)}}","n":1},{"sku":"p-{{random.Next(500)}}","n":2}]},"note":"none"}""");
        }
        var schema = new Schema(
        [
            new Field("price", price.Type), new Field("weight", weight.Type), new Field("amount", amount.Type), new Field("quantity", quantity.Type),
            new Field("event_type", eventType.Type), new Field("page_url", page.Type), new Field("event_time", time.Type), new Field("payload", payload.Type),
        ]);
        return new ColumnBatch(schema, [price, weight, amount, quantity, eventType, page, time, payload], new RowHeaders(Rows), new BatchOrigin(new PartitionId("bench", 0), ""));
    }
}
