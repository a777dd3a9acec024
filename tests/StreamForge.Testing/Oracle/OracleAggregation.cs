using System.Collections.Immutable;
using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>The aggregates over a plain list of rows, each computed from scratch.</summary>
internal static class OracleAggregation
{
    private static readonly BigInteger DecimalLimit = BigInteger.Pow(10, 38);

    /// <param name="seen">The rows that are there.</param>
    /// <param name="gone">The rows that were there and have been taken out: they matter for the rounding of doubles alone.</param>
    /// <param name="source">Decides ties of event time, and what distinct may estimate.</param>
    public static OracleFeature Compute(
        string name, OracleAggregate aggregate, IReadOnlyList<OracleArrival> seen, IReadOnlyList<OracleArrival> gone, OracleSource source)
    {
        var rows = seen.Where(a => Takes(aggregate, a.Event)).ToList();
        var past = gone.Where(a => Takes(aggregate, a.Event)).ToList();
        if (aggregate.Function == OracleFunction.Ratio) return OracleRatio.Compute(name, aggregate, rows, past);
        if (aggregate.Of is not { } of)
        {
            if (aggregate.Function != OracleFunction.Count) throw new ArgumentException($"{aggregate.Function} needs a column", nameof(aggregate));
            return new(name, OracleStatus.Present, rows.Count);
        }
        var valued = rows.Where(a => a.Event[of] is not null).ToList();
        var values = valued.Select(a => a.Event[of]!).ToList();
        var all = values.Concat(past.Select(a => a.Event[of]).OfType<OracleValue>()).ToList();
        if (aggregate.Function == OracleFunction.Count) return new(name, OracleStatus.Present, values.Count);
        if (aggregate.Function == OracleFunction.Distinct)
        {
            var distinct = Groups(values).Count;
            return new(name, OracleStatus.Present, distinct) { IsEstimated = source == OracleSource.Append && distinct > aggregate.ExactUpTo };
        }
        if (values.Count == 0) return new(name, OracleStatus.NullValue, null);
        return aggregate.Function switch
        {
            OracleFunction.Sum => Sum(name, values, all),
            OracleFunction.Avg => Average(name, values, all),
            OracleFunction.Min => new(name, OracleStatus.Present, values.Min()),
            OracleFunction.Max => new(name, OracleStatus.Present, values.Max()),
            OracleFunction.First => Edge(name, valued, of, source, oldest: true),
            OracleFunction.Last => Edge(name, valued, of, source, oldest: false),
            OracleFunction.Variance or OracleFunction.Stddev => Spread(name, values, all, aggregate.Function == OracleFunction.Stddev),
            OracleFunction.LastN => LastN(name, valued, aggregate, source),
            OracleFunction.Quantile => Quantile(name, values, aggregate),
            OracleFunction.TopK => TopK(name, values, aggregate.N),
            OracleFunction.Histogram => Histogram(name, values, aggregate.Bounds),
            _ => throw new ArgumentException($"{aggregate.Function} is unknown", nameof(aggregate)),
        };
    }

    /// <summary>Whether a row reaches the aggregate's accumulators.</summary>
    public static bool Counts(OracleAggregate aggregate, OracleEvent e) => Takes(aggregate, e)
        && (aggregate.Function == OracleFunction.Ratio ? OracleRatio.Counts(aggregate, e) : aggregate.Of is null || e[aggregate.Of] is not null);

    private static bool Takes(OracleAggregate aggregate, OracleEvent e) => aggregate.Where is null || aggregate.Where.Test(e) == true;

    /// <summary>The values, ascending, with how often each is there.</summary>
    private static List<(OracleValue Value, int Count)> Groups(List<OracleValue> values)
    {
        var groups = new List<(OracleValue Value, int Count)>();
        foreach (var value in values.Order())
        {
            if (groups.Count > 0 && groups[^1].Value.CompareTo(value) == 0) groups[^1] = (value, groups[^1].Count + 1);
            else groups.Add((value, 1));
        }
        return groups;
    }

    /// <summary>bigint for integers, decimal(38, the largest scale) for decimals, double for doubles.</summary>
    private static OracleFeature Sum(string name, List<OracleValue> values, List<OracleValue> all)
    {
        switch (values[0])
        {
            case OracleValue.Integer:
                var whole = values.Aggregate(BigInteger.Zero, (sum, v) => sum + ((OracleValue.Integer)v).Value);
                return new(name, OracleStatus.Present, new OracleValue.Integer(whole), whole < long.MinValue || whole > long.MaxValue, Magnitude: Magnitude(all));
            case OracleValue.Decimal:
                var scale = values.Max(v => ((OracleValue.Decimal)v).Scale);
                var unscaled = values.Cast<OracleValue.Decimal>().Aggregate(BigInteger.Zero, (sum, v) => sum + v.Unscaled * BigInteger.Pow(10, scale - v.Scale));
                return new(name, OracleStatus.Present, new OracleValue.Decimal(unscaled, scale), BigInteger.Abs(unscaled) >= DecimalLimit, Magnitude: Magnitude(all));
            default:
                var sum = Exact(values).ToDouble();
                return double.IsFinite(sum)
                    ? new(name, OracleStatus.Present, new OracleValue.Real(sum), Magnitude: Magnitude(all))
                    : new(name, OracleStatus.NullValue, null, Overflows: true);
        }
    }

    private static OracleFeature Average(string name, List<OracleValue> values, List<OracleValue> all) =>
        new(name, OracleStatus.Present, new OracleValue.Real((Exact(values) / values.Count).ToDouble()), Magnitude: Magnitude(all) / values.Count);

    /// <summary>The sample's: (n·Σx² - (Σx)²) / (n·(n-1)).</summary>
    private static OracleFeature Spread(string name, List<OracleValue> values, List<OracleValue> all, bool isRoot)
    {
        long n = values.Count;
        if (n < 2) return new(name, OracleStatus.NullValue, null);
        var (sum, squares) = (Exact(values), Squares(values));
        var n2 = new ExactFraction(n, 1);
        var variance = ((squares * n2 - sum * sum) / (n * (n - 1))).ToDouble();
        var magnitude = (Squares(all) / (n - 1)).ToDouble();
        return new(name, OracleStatus.Present, new OracleValue.Real(isRoot ? Math.Sqrt(variance) : variance), Magnitude: magnitude, Overflows: !double.IsFinite(variance)) { IsRoot = isRoot };
    }

    private static ExactFraction Squares(List<OracleValue> values) => ExactFraction.Sum([.. values.Select(v => ExactFraction.Of(v) * ExactFraction.Of(v))]);

    private static OracleFeature Edge(string name, List<OracleArrival> valued, string column, OracleSource source, bool oldest)
    {
        var ordered = InTime(valued, column, source);
        // Of values at one time the greater one counts over a changelog, at either end.
        var edge = !oldest ? ordered[^1] : source == OracleSource.Append ? ordered[0] : ordered.Last(a => a.Event.Time == ordered[0].Event.Time);
        var tied = valued.Where(a => a.Event.Time == edge.Event.Time).ToList();
        var open = source == OracleSource.Append && tied.Exists(a => a.Event.Partition != edge.Event.Partition) && tied.Exists(a => a.Event[column]!.CompareTo(edge.Event[column]) != 0);
        return new(name, OracleStatus.Present, edge.Event[column], Open: open);
    }

    private static OracleFeature LastN(string name, List<OracleArrival> valued, OracleAggregate aggregate, OracleSource source)
    {
        var ordered = InTime(valued, aggregate.Of!, source);
        var newest = ordered.AsEnumerable().Reverse().Take(aggregate.N).ToList();
        var open = source == OracleSource.Append && ordered.GroupBy(a => a.Event.Time).Any(tied => tied.Key >= newest[^1].Event.Time && tied.DistinctBy(a => a.Event.Partition).Count() > 1);
        return new(name, OracleStatus.Present, new OracleValue.List([.. newest.Select(a => a.Event[aggregate.Of!]!)]), Open: open);
    }

    /// <summary>By event time; ties by arrival on an append source, by value over a changelog.</summary>
    private static List<OracleArrival> InTime(List<OracleArrival> valued, string column, OracleSource source) => source == OracleSource.Append
        ? [.. valued.OrderBy(a => a.Event.Time).ThenBy(a => a.Index)]
        : [.. valued.OrderBy(a => a.Event.Time).ThenBy(a => a.Event[column])];

    /// <summary>The lower quantile: of n values, ascending, the one at floor(q·(n-1)).</summary>
    private static OracleFeature Quantile(string name, List<OracleValue> values, OracleAggregate aggregate)
    {
        values.Sort();
        var value = values[(int)Math.Floor((decimal)aggregate.Q * (values.Count - 1))];
        return new(name, OracleStatus.Present, new OracleValue.Real(ExactFraction.Of(value).ToDouble())) { RelativeError = aggregate.RelativeError };
    }

    private static OracleFeature TopK(string name, List<OracleValue> values, int k) =>
        new(name, OracleStatus.Present, new OracleValue.List([.. Groups(values).OrderByDescending(g => g.Count).Take(k).Select(g => g.Value)]));

    /// <summary>How many values lie in each of [.., b0), [b0, b1), …, [bn, ..).</summary>
    private static OracleFeature Histogram(string name, List<OracleValue> values, ImmutableArray<OracleValue> bounds)
    {
        var counts = new long[bounds.Length + 1];
        foreach (var value in values) counts[bounds.Count(b => ExactFraction.Of(value).CompareTo(ExactFraction.Of(b)) >= 0)]++;
        return new(name, OracleStatus.Present, new OracleValue.List([.. counts.Select(c => (OracleValue)c)]));
    }

    private static ExactFraction Exact(IEnumerable<OracleValue> values) => ExactFraction.Sum([.. values.Select(ExactFraction.Of)]);

    private static double Magnitude(IEnumerable<OracleValue> values) => ExactFraction.Sum([.. values.Select(v => ExactFraction.Of(v).Abs())]).ToDouble();
}
