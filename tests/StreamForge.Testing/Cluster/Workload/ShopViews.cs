using System.Collections.Immutable;
using StreamForge.Testing.Oracle;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>
/// The two views of a shop, drawn by chance, in the terms of the oracle: <c>customers</c>, and <c>products</c> with windows that close. Each has a lifetime window besides others of any shape.
/// The column <c>fair</c> is the oracle's own: 1 where the transformation's expectation holds, else 0.
/// </summary>
/// <param name="AreProductsOfLines">Whether the view of products takes the rows that the transformation lets through, or all.</param>
public sealed record ShopViews(OracleView Customers, OracleView Products, bool AreProductsOfLines)
{
    private const long Second = 1_000_000;
    private const long Minute = 60 * Second;

    private static readonly ImmutableArray<OracleWindow> Closing =
    [
        OracleWindow.Tumbling(10 * Second), OracleWindow.Tumbling(Minute), OracleWindow.Hopping(10 * Second, 5 * Second), OracleWindow.Hopping(25 * Second, 10 * Second),
        OracleWindow.Session(2 * Second), OracleWindow.Session(5 * Second),
    ];

    private static readonly ImmutableArray<OracleWindow> Others =
    [
        OracleWindow.Sliding(10 * Second), OracleWindow.Sliding(30 * Second), OracleWindow.Sliding(Minute), OracleWindow.Sliding(10 * Minute), OracleWindow.Hopping(Minute, 10 * Second),
        OracleWindow.Hopping(30 * Second, 5 * Second), OracleWindow.Session(3 * Second), OracleWindow.Session(10 * Second), OracleWindow.Tumbling(20 * Second),
    ];

    /// <summary>What both views may compute.</summary>
    private static readonly ImmutableArray<OracleAggregate> Common =
    [
        new("mean", OracleFunction.Avg, "score"), new("low", OracleFunction.Min, "amount"), new("high", OracleFunction.Max, "score"), new("earliest", OracleFunction.First, "score"), new("final", OracleFunction.Last, "kind"),
        new("big", OracleFunction.Count, null, new OracleComparison("amount", ">=", Money(50)).AsWhere()), new("spread", OracleFunction.Variance, "amount"), new("deviation", OracleFunction.Stddev, "score"),
        new("recent", OracleFunction.LastN, "amount") { N = 3 }, new("middle", OracleFunction.Quantile, "amount") { Q = 0.5 }, new("bands", OracleFunction.Histogram, "amount") { Bounds = [Money(10), Money(50), Money(90)] },
        new("share", OracleFunction.Ratio) { Numerator = new("amount"), Denominator = new("score") }, new("bought", OracleFunction.Ratio) { Numerator = new(null, new OracleComparison("kind", "=", "buy")) },
    ];

    /// <param name="view">What the views have in common with one another.</param>
    internal static ShopViews Draw(Random random, OracleView view)
    {
        var lines = view with { Filter = new OracleComparison("kind", "<>", "noise"), Must = new OracleComparison("fair", "=", 1L) };
        var areOfLines = random.Next(2) == 0;
        return new(
            lines with
            {
                Windows = [.. Some(random, Others), OracleWindow.Lifetime],
                Exact = random.Next(4) == 0,
                Aggregates =
                [
                    new("n", OracleFunction.Count), new("spend", OracleFunction.Sum, "amount"), new("kinds", OracleFunction.Distinct, "product"), new("top", OracleFunction.TopK, "product") { N = 2 },
                    .. Common.Where(_ => random.Next(2) == 0),
                ],
            },
            (areOfLines ? lines : view) with
            {
                Windows = [.. Some(random, Closing), OracleWindow.Sliding(2 * Minute), OracleWindow.Lifetime],
                Aggregates =
                [
                    new("n", OracleFunction.Count), new("sold", OracleFunction.Sum, "amount"), new("buyers", OracleFunction.Distinct, "customer"), new("first", OracleFunction.First, "kind"), .. Some(random, Common),
                ],
            },
            areOfLines);
    }

    /// <summary>A view as the pipeline file of a shop holds it.</summary>
    internal static string Text(string name, string input, string entity, OracleView view) => $$"""
          - view: {{name}}
            input: {{input}}
            entity: [{{entity}}]
            windows: [{{string.Join(", ", view.Windows.Select(static w => w.Written))}}]
            exact: {{(view.Exact ? "true" : "false")}}
            aggregates:
        {{string.Join('\n', view.Aggregates.Select(static a => $"      - {{{a.Written}}}"))}}
        """;

    private static OracleValue Money(long whole) => new OracleValue.Decimal(whole * 100, 2);

    /// <summary>One or two of them.</summary>
    private static IEnumerable<T> Some<T>(Random random, ImmutableArray<T> all)
    {
        var first = random.Next(all.Length);
        yield return all[first];
        if (random.Next(2) == 0) yield return all[(first + 1 + random.Next(all.Length - 1)) % all.Length];
    }
}
