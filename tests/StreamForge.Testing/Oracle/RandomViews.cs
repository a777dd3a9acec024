using System.Collections.Immutable;
using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>Random views over the columns that <see cref="RandomEvents"/> names.</summary>
internal static class RandomViews
{
    private const long Second = 1_000_000;
    private static readonly long[] Sizes = [500_000, Second, 10 * Second, 90 * Second, 600 * Second, 3600 * Second, 86_400 * Second, 30 * 86_400 * Second];

    private static readonly OracleComparison[] Conditions =
        [new("quantity", ">=", 3L), new("item", "<>", "item-1"), new("score", "<", 50.0), new("amount", ">", new OracleValue.Decimal(0, RandomEvents.AmountScale))];

    /// <summary>Filters that let few rows through.</summary>
    private static readonly OracleComparison[] Sieves = [new("quantity", ">=", 9L), new("item", "=", "item-1"), new("score", "<", 20.0)];

    public static OracleView View(Random random, EventShape shape, CaseKinds kinds)
    {
        if (kinds.HasFilters && random.Next(5) == 0) return Lagging(random, shape, kinds);
        var windows = new List<OracleWindow>();
        for (var n = random.Next(1, 4); windows.Count < n;)
        {
            var window = Window(random, shape, kinds.Windows[random.Next(kinds.Windows.Length)]);
            if (windows.TrueForAll(w => w.Name != window.Name)) windows.Add(window);
            else n--;
        }
        return new(
            [.. windows], Aggregates(random, kinds), shape.Step * random.Next(0, 4), shape.Step * random.Next(0, 20), Resolution(random, windows), shape.Partitions)
        {
            Exact = kinds.HasExact && random.Next(6) == 0,
            Filter = kinds.HasFilters && random.Next(5) == 0 ? Pick(random, Conditions) : null,
            Must = kinds.HasFilters && random.Next(10) == 0 ? Pick(random, Conditions) : null,
        };
    }

    /// <summary>
    /// A view of which the newest event is mostly far behind the watermark, and whose windows have tiles of one length: it is read where its shorter windows take nothing any more,
    /// while events come that its longer ones still take.
    /// </summary>
    private static OracleView Lagging(Random random, EventShape shape, CaseKinds kinds)
    {
        var tile = Math.Max(1, shape.Step / Pick(random, [1, 2, 5]));
        var windows = new List<OracleWindow>();
        for (var n = random.Next(2, 5); n > 0; n--)
        {
            var tiles = Pick(random, [1, 1, 2, 3, 6, 12, 40]);
            var size = tile * tiles;
            var window = kinds.Windows[random.Next(kinds.Windows.Length)] switch
            {
                OracleWindowKind.Lifetime => OracleWindow.Lifetime,
                OracleWindowKind.Tumbling => OracleWindow.Tumbling(size),
                OracleWindowKind.Hopping => OracleWindow.Hopping(size, tile * random.Next(1, tiles + 1)),
                OracleWindowKind.Session => OracleWindow.Session(size),
                _ => OracleWindow.Sliding(size + random.NextInt64(tile)),
            };
            if (windows.TrueForAll(w => w.Name != window.Name)) windows.Add(window);
        }
        return new([.. windows], Aggregates(random, kinds), shape.Step * random.Next(0, 2), tile * random.Next(0, 3), tile, shape.Partitions)
        {
            Exact = kinds.HasExact && random.Next(4) == 0,
            Filter = Pick(random, Sieves),
        };
    }

    private static ImmutableArray<OracleAggregate> Aggregates(Random random, CaseKinds kinds)
    {
        var aggregates = ImmutableArray.CreateBuilder<OracleAggregate>();
        for (var n = random.Next(1, 7); aggregates.Count < n;) aggregates.Add(Aggregate(random, $"a{aggregates.Count}", kinds.Functions[random.Next(kinds.Functions.Length)]));
        return aggregates.ToImmutable();
    }

    private static OracleWindow Window(Random random, EventShape shape, OracleWindowKind kind)
    {
        var size = Pick(random, Sizes);
        switch (kind)
        {
            case OracleWindowKind.Lifetime: return OracleWindow.Lifetime;
            case OracleWindowKind.Tumbling: return OracleWindow.Tumbling(size);
            case OracleWindowKind.Hopping: return random.Next(4) == 0 ? OracleWindow.Hopping(size * 5 / 2, size) : OracleWindow.Hopping(size * random.Next(1, 6), size);
            case OracleWindowKind.Session: return OracleWindow.Session(random.Next(3) == 0 ? size : shape.Step * random.Next(1, 12));
            default: return OracleWindow.Sliding(size);
        }
    }

    /// <summary>Mostly none; else a share of the smallest window that cuts every tumbling and hopping one into whole tiles.</summary>
    private static long? Resolution(Random random, List<OracleWindow> windows)
    {
        var sized = windows.Where(w => w.Kind != OracleWindowKind.Lifetime).ToList();
        if (sized.Count == 0 || random.Next(4) > 0) return null;
        var resolution = Math.Max(1, sized.Min(w => w.Size) / random.Next(1, 6));
        return sized.TrueForAll(w => w.Every == 0 || (w.Size % resolution == 0 && w.Every % resolution == 0)) ? resolution : null;
    }

    private static OracleAggregate Aggregate(Random random, string name, OracleFunction function)
    {
        var isNumeric = function is OracleFunction.Sum or OracleFunction.Avg or OracleFunction.Variance or OracleFunction.Stddev or OracleFunction.Quantile or OracleFunction.Histogram;
        string[] columns = isNumeric ? ["quantity", "amount", "score"] : ["quantity", "amount", "score", "item"];
        var of = function == OracleFunction.Ratio || (function == OracleFunction.Count && random.Next(2) == 0) ? null : Pick(random, columns);
        return new(name, function, of, random.Next(3) == 0 ? Pick(random, Conditions).AsWhere() : null)
        {
            ExactUpTo = function == OracleFunction.Distinct ? Pick(random, [1000, 1000, 1, 4]) : 1000,
            Q = Pick(random, [0, 0.25, 0.5, 0.95, 1]),
            RelativeError = Pick(random, [0.01, 0.05]),
            N = random.Next(1, 5),
            Bounds = function == OracleFunction.Histogram ? Bounds(random, of!) : [],
            Numerator = function == OracleFunction.Ratio ? Term(random) : null,
            Denominator = function == OracleFunction.Ratio && random.Next(3) > 0 ? Term(random) : null,
        };
    }

    private static OracleTerm Term(Random random) => random.Next(2) == 0 ? new(null, Pick(random, Conditions)) : new(Pick(random, ["quantity", "amount", "score"]));

    private static ImmutableArray<OracleValue> Bounds(Random random, string of) =>
        [.. new long[] { -1, 0, 3, 10, 60, 100 }.Where(_ => random.Next(2) == 0).DefaultIfEmpty(5).Select(bound => of switch
        {
            "quantity" => new OracleValue.Integer(bound),
            "amount" => new OracleValue.Decimal(bound * BigInteger.Pow(10, RandomEvents.AmountScale), RandomEvents.AmountScale),
            _ => (OracleValue)(double)bound,
        })];

    private static T Pick<T>(Random random, ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
