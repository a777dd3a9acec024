using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Core;

namespace StreamForge.Tests.FeatureTests;

/// <summary>Rows of one column and an aggregate over them, with what it must come to by sorted lists, sets and exact fractions.</summary>
internal sealed class AggregateCase
{
    private static readonly DataType[] Types =
    [
        DataType.Boolean, DataType.Int, DataType.BigInt, DataType.Double, DataType.Decimal(10, 3), DataType.Decimal(38, 2), DataType.String, DataType.Bytes,
        DataType.Date, DataType.TimestampTz,
    ];

    public static readonly (string Function, DataType Type)[] All =
        [.. from function in AggregateFactory.Functions from type in Types where AggregateFactory.Create(function, type, 1000).Aggregate is not null select (function, type)];

    private AggregateCase((string Function, DataType Type) kind, Random random)
    {
        Function = kind.Function;
        Random = random;
        Aggregate = AggregateFactory.Create(kind.Function, kind.Type, 1000).Aggregate!;
        Column = Column.Create(kind.Type, 0);
        for (var i = random.Next(random.Next(2) == 0 ? 5 : 80); i > 0; i--) Append(kind.Function is "sum" or "avg");
        Times = [.. Enumerable.Range(0, Column.Count).Select(_ => random.NextInt64(10))];
        Orders = [.. Enumerable.Range(0, Column.Count).Select(i => (long)i)];
        random.Shuffle(Orders);
    }

    public static void ForAny(Action<AggregateCase> property) => Prop.ForAll(
        (from kind in Gen.Elements(All) from seed in ArbMap.Default.GeneratorFor<int>() select (kind, seed)).ToArbitrary(),
        any => property(new AggregateCase(any.kind, new Random(any.seed)))).QuickCheckThrowOnFailure();

    public string Function { get; }

    public IAggregate Aggregate { get; }

    public Random Random { get; }

    public Column Column { get; }

    public long[] Times { get; }

    public long[] Orders { get; }

    public IEnumerable<int> Rows => Enumerable.Range(0, Column.Count);

    private void Append(bool sums)
    {
        switch (Column)
        {
            // Sums of numbers that have no sum are tested by themselves.
            case DoubleColumn doubles when sums: doubles.Append((Random.NextDouble() - 0.5) * Math.Pow(10, Random.Next(-8, 8))); break;
            case Int64Column integers when sums: integers.Append(Random.Next(4) == 0 ? Random.NextInt64(long.MinValue, long.MaxValue) : Random.Next(-1000, 1000)); break;
            default: AnyColumn.AppendAny(Column, Random); break;
        }
    }

    public void Add(Accumulator accumulator, int row) => accumulator.Add(Column, row, Times[row], Orders[row]);

    /// <summary>What an accumulator comes to, as text; doubles in full.</summary>
    public static string Text(Accumulator accumulator)
    {
        try
        {
            return accumulator.Finish().ToString();
        }
        catch (StreamForgeException e) when (e.Kind == ErrorKind.OutOfRange)
        {
            return "out of range";
        }
    }

    public void AssertIs(string expected, Accumulator accumulator)
    {
        var actual = Text(accumulator);
        if (Column is DoubleColumn && Function is "sum" or "avg" && expected != "null")
        {
            // 1e-12 relative; where terms cancel, compensation leaves an error of the second order in them.
            var (exact, read) = (double.Parse(expected, CultureInfo.InvariantCulture), double.Parse(actual, CultureInfo.InvariantCulture));
            var terms = Rows.Sum(r => Math.Abs(((DoubleColumn)Column)[r]));
            Assert.InRange(read, exact - Math.Abs(exact) * 1e-12 - terms * 1e-25, exact + Math.Abs(exact) * 1e-12 + terms * 1e-25);
            return;
        }
        Assert.Equal(expected, actual);
    }

    /// <summary>What the rows must come to.</summary>
    public string Expected(IReadOnlyCollection<int> rows)
    {
        if (Function == "count") return rows.Count.ToString(CultureInfo.InvariantCulture);
        if (Function == "distinct") return rows.Select(Distinguished).Distinct().Count().ToString(CultureInfo.InvariantCulture);
        if (rows.Count == 0) return "null";
        return Function switch
        {
            "sum" => Sum(rows),
            "avg" => Real((Total(rows) / rows.Count).ToDouble()),
            "min" => Written(rows.Order(Comparer<int>.Create(ByValue)).First()),
            "max" => Written(rows.Order(Comparer<int>.Create(ByValue)).Last()),
            "first" => Written(rows.OrderBy(r => Times[r]).ThenBy(r => Orders[r]).First()),
            "last" => Written(rows.OrderBy(r => Times[r]).ThenBy(r => Orders[r]).Last()),
            _ => throw new InvalidOperationException(Function),
        };
    }

    private string Sum(IReadOnlyCollection<int> rows)
    {
        if (Column is DoubleColumn) return Real(Total(rows).ToDouble());
        var sum = rows.Aggregate(BigInteger.Zero, (s, r) => s + Whole(r));
        if (Column is DecimalColumn)
            return BigInteger.Abs(sum) < BigInteger.Pow(10, 38) ? Decimal128.Format((Int128)sum, Column.Type.Scale) : "out of range";
        return sum >= long.MinValue && sum <= long.MaxValue ? sum.ToString(CultureInfo.InvariantCulture) : "out of range";
    }

    private ExactFraction Total(IEnumerable<int> rows) => rows.Aggregate(
        ExactFraction.Zero, (sum, r) => sum + (Column is DoubleColumn doubles ? ExactFraction.Of(doubles[r]) : new ExactFraction(Whole(r), BigInteger.Pow(10, Column.Type.Scale))));

    private BigInteger Whole(int row) => Column is DecimalColumn decimals ? decimals[row] : ((Int64Column)Column)[row];

    private static string Real(double value) => FeatureValue.OfDouble(value).ToString();

    private string Written(int row) => FeatureValue.From(Column, row).ToString();

    private object Distinguished(int row) => AnyColumn.Value(Column, row) switch
    {
        double d when double.IsNaN(d) => "NaN",
        double d => d == 0 ? 0.0 : d,
        var value => value!,
    };

    // NaN above every number, -0 below 0; text by its bytes.
    private int ByValue(int a, int b) => Column switch
    {
        DoubleColumn doubles => (double.IsNaN(doubles[a]), double.IsNaN(doubles[b])) switch
        {
            (true, var other) => other ? 0 : 1,
            (_, true) => -1,
            _ => (doubles[a], !double.IsNegative(doubles[a])).CompareTo((doubles[b], !double.IsNegative(doubles[b]))),
        },
        BytesColumn bytes => string.CompareOrdinal(Convert.ToHexString(bytes[a]), Convert.ToHexString(bytes[b])),
        _ => Comparer<object>.Default.Compare(AnyColumn.Value(Column, a), AnyColumn.Value(Column, b)),
    };
}
