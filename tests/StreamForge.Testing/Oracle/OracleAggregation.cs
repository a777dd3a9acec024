using System.Numerics;

namespace StreamForge.Testing.Oracle;

/// <summary>The aggregates over a plain list of events, each computed from scratch.</summary>
internal static class OracleAggregation
{
    private static readonly BigInteger DecimalLimit = BigInteger.Pow(10, 38);

    public static OracleFeature Compute(string name, OracleAggregate aggregate, IReadOnlyList<OracleArrival> seen)
    {
        var rows = seen.Where(a => aggregate.Where is null || aggregate.Where.Test(a.Event) == true).ToList();
        if (aggregate.Of is null)
        {
            if (aggregate.Function != OracleFunction.Count) throw new ArgumentException($"{aggregate.Function} needs a column", nameof(aggregate));
            return new(name, OracleStatus.Present, rows.Count);
        }
        var valued = rows.Where(a => a.Event[aggregate.Of] is not null).ToList();
        var values = valued.Select(a => a.Event[aggregate.Of]!).ToList();
        if (aggregate.Function == OracleFunction.Count) return new(name, OracleStatus.Present, values.Count);
        if (aggregate.Function == OracleFunction.Distinct) return new(name, OracleStatus.Present, CountDistinct(values));
        if (values.Count == 0) return new(name, OracleStatus.NullValue, null);
        return aggregate.Function switch
        {
            OracleFunction.Sum => Sum(name, values),
            OracleFunction.Avg => Average(name, values),
            OracleFunction.Min => new(name, OracleStatus.Present, values.Min()),
            OracleFunction.Max => new(name, OracleStatus.Present, values.Max()),
            OracleFunction.First => Edge(name, aggregate.Of, valued, valued.Min(a => a.Event.Time), tied => tied[0]),
            OracleFunction.Last => Edge(name, aggregate.Of, valued, valued.Max(a => a.Event.Time), tied => tied[^1]),
            _ => throw new ArgumentException($"{aggregate.Function} is unknown", nameof(aggregate)),
        };
    }

    /// <summary>Sorts, then counts where the neighbour differs.</summary>
    private static long CountDistinct(List<OracleValue> values)
    {
        values.Sort();
        return values.Where((value, i) => i == 0 || value.CompareTo(values[i - 1]) != 0).LongCount();
    }

    /// <summary>bigint for integers, decimal(38, the largest scale) for decimals, double for doubles.</summary>
    private static OracleFeature Sum(string name, List<OracleValue> values)
    {
        switch (values[0])
        {
            case OracleValue.Integer:
                var whole = values.Aggregate(BigInteger.Zero, (sum, v) => sum + ((OracleValue.Integer)v).Value);
                return new(name, OracleStatus.Present, new OracleValue.Integer(whole), whole < long.MinValue || whole > long.MaxValue, Magnitude: Magnitude(values));
            case OracleValue.Decimal:
                var scale = values.Max(v => ((OracleValue.Decimal)v).Scale);
                var unscaled = values.Cast<OracleValue.Decimal>().Aggregate(BigInteger.Zero, (sum, v) => sum + v.Unscaled * BigInteger.Pow(10, scale - v.Scale));
                return new(name, OracleStatus.Present, new OracleValue.Decimal(unscaled, scale), BigInteger.Abs(unscaled) >= DecimalLimit, Magnitude: Magnitude(values));
            default:
                var sum = Exact(values).ToDouble();
                return double.IsFinite(sum)
                    ? new(name, OracleStatus.Present, new OracleValue.Real(sum), Magnitude: Magnitude(values))
                    : new(name, OracleStatus.NullValue, null, Overflows: true);
        }
    }

    private static OracleFeature Average(string name, List<OracleValue> values) =>
        new(name, OracleStatus.Present, new OracleValue.Real((Exact(values) / values.Count).ToDouble()), Magnitude: Magnitude(values) / values.Count);

    private static OracleFeature Edge(
        string name, string column, List<OracleArrival> valued, long time, Func<List<OracleArrival>, OracleArrival> pick)
    {
        var tied = valued.Where(a => a.Event.Time == time).OrderBy(a => a.Index).ToList();
        var value = pick(tied).Event[column]!;
        var open = tied.Exists(a => a.Event.Partition != tied[0].Event.Partition) && tied.Exists(a => a.Event[column]!.CompareTo(value) != 0);
        return new(name, OracleStatus.Present, value, Open: open);
    }

    private static ExactFraction Exact(IEnumerable<OracleValue> values) =>
        values.Select(ExactFraction.Of).Aggregate(ExactFraction.Zero, (sum, v) => (sum + v).Reduced());

    private static double Magnitude(IEnumerable<OracleValue> values) =>
        values.Select(v => ExactFraction.Of(v).Abs()).Aggregate(ExactFraction.Zero, (sum, v) => (sum + v).Reduced()).ToDouble();
}
