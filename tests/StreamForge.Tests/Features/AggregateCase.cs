using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
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

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Computed = ["sum", "avg", "variance", "stddev"];

    /// <summary>Every function over every type that it takes, over rows that are only added and over rows that are taken out again.</summary>
    public static readonly (string Function, DataType Type, bool Retracts)[] All =
    [
        .. from function in AggregateFactory.Functions
           from type in Types
           from retracts in (bool[])[false, true]
           where AggregateFactory.Create(function, type, new AggregateParameters(), retracts).Aggregate is not null
           select (function, type, retracts),
    ];

    private readonly bool _retracts;
    private readonly AggregateParameters _parameters;

    private AggregateCase((string Function, DataType Type, bool Retracts) kind, Random random)
    {
        Function = kind.Function;
        Random = random;
        _retracts = kind.Retracts;
        _parameters = new AggregateParameters
        {
            Q = random.Next(4) switch { 0 => 0, 1 => 1, 2 => 0.5, _ => random.NextDouble() },
            RelativeError = random.Next(2) == 0 ? 0.01 : 0.2,
            N = random.Next(1, 6),
            K = random.Next(1, 6),
            Bounds = [.. new SortedSet<int>(Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(-30, 30))).Select(b => new ExactNumber(b, random.Next(1, 2)))],
        };
        Aggregate = AggregateFactory.Create(kind.Function, kind.Type, _parameters, kind.Retracts).Aggregate!;
        Column = Column.Create(kind.Type, 0);
        for (var i = random.Next(random.Next(2) == 0 ? 5 : 300); i > 0; i--) Append();
        Times = [.. Enumerable.Range(0, Column.Count).Select(_ => random.NextInt64(10))];
        Orders = [.. Enumerable.Range(0, Column.Count).Select(i => (long)i)];
        random.Shuffle(Orders);
    }

    public static void ForAny(Action<AggregateCase> property) => Check(All, property);

    /// <summary>As <see cref="ForAny"/>, of the forms that rows are taken out of.</summary>
    public static void ForAnyRetractable(Action<AggregateCase> property) => Check([.. All.Where(kind => kind.Retracts)], property);

    private static void Check((string Function, DataType Type, bool Retracts)[] kinds, Action<AggregateCase> property) => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(400),
        Prop.ForAll(
            (from kind in Gen.Elements(kinds) from seed in ArbMap.Default.GeneratorFor<int>() select (kind, seed)).ToArbitrary(),
            any => property(new AggregateCase(any.kind, new Random(any.seed)))));

    public string Function { get; }

    public IAggregate Aggregate { get; }

    public Random Random { get; }

    public Column Column { get; }

    public long[] Times { get; }

    public long[] Orders { get; }

    public IEnumerable<int> Rows => Enumerable.Range(0, Column.Count);

    private void Append()
    {
        switch (Column)
        {
            // Sums of numbers that have no sum are tested by themselves.
            case DoubleColumn doubles when Computed.Contains(Function): doubles.Append((Random.NextDouble() - 0.5) * Math.Pow(10, Random.Next(-8, 8))); break;
            case Int64Column integers when Computed.Contains(Function): integers.Append(Random.Next(4) == 0 ? Random.NextInt64(long.MinValue, long.MaxValue) : Random.Next(-1000, 1000)); break;
            case DoubleColumn doubles when Random.Next(2) == 0: doubles.Append(Random.Next(-400, 400) / 100.0); break;
            case Int64Column integers when Column.Type.IsInteger && Random.Next(2) == 0: integers.Append(Random.Next(-40, 40)); break;
            default: AnyColumn.AppendAny(Column, Random); break;
        }
    }

    public void Add(Accumulator accumulator, int row) => accumulator.Add(Column, row, Times[row], Orders[row]);

    public void Retract(Accumulator accumulator, int row) => accumulator.Retract(Column, row, Times[row], Orders[row]);

    public long Holds(Accumulator accumulator, int row) => accumulator.Holds(Column, row, Times[row], Orders[row]);

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
        if (expected == "null" || actual == "null" || (Function != "quantile" && (!Computed.Contains(Function) || (Column is not DoubleColumn && Function == "sum"))))
        {
            Assert.Equal(expected, actual);
            return;
        }
        // 1e-12 relative; where terms cancel, compensation leaves an error of the second order in them.
        var (exact, read) = (double.Parse(expected, CultureInfo.InvariantCulture), double.Parse(actual, CultureInfo.InvariantCulture));
        var share = Function == "quantile" ? _parameters.RelativeError : 1e-12;
        var terms = Column is DoubleColumn doubles && Function != "quantile" ? Rows.Sum(r => Math.Abs(doubles[r])) : 0;
        var slack = Math.Abs(exact) * share + (Function == "stddev" ? terms * 1e-14 : Function == "variance" ? terms * terms * 1e-28 : terms * 1e-25);
        Assert.InRange(read, exact - slack, exact + slack);
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
            "variance" or "stddev" => Variance(rows),
            "min" => Written(rows.Order(Comparer<int>.Create(ByValue)).First()),
            "max" => Written(rows.Order(Comparer<int>.Create(ByValue)).Last()),
            // Of values at one time the greater one counts over changes, at either end.
            "first" => Written(_retracts ? InTime(rows).Last(r => Times[r] == rows.Min(o => Times[o])) : InTime(rows).First()),
            "last" => Written(InTime(rows).Last()),
            "last_n" => Json(InTime(rows).Reverse().Take(_parameters.N)),
            "top_k" => Json(rows.GroupBy(Distinguished).OrderByDescending(g => g.Count()).ThenBy(g => g.Order(Comparer<int>.Create(ByValue)).Last(), Comparer<int>.Create(ByValue))
                .Select(g => g.Order(Comparer<int>.Create(ByValue)).Last()).Take(_parameters.K)),
            "quantile" => Quantile(rows),
            "histogram" => Histogram(rows),
            _ => throw new InvalidOperationException(Function),
        };
    }

    private IEnumerable<int> InTime(IEnumerable<int> rows)
    {
        var inTime = rows.OrderBy(r => Times[r]);
        return _retracts ? inTime.ThenBy(r => r, Comparer<int>.Create(ByValue)) : inTime.ThenBy(r => Orders[r]);
    }

    private string Json(IEnumerable<int> rows) => "[" + string.Join(',', rows.Select(row =>
    {
        var text = Written(row);
        // -0 is one value with 0 where values are counted.
        if (Function == "top_k" && text == "-0") text = "0";
        return text == "null" || Column.Type.IsNumeric || Column.Type.Kind == TypeKind.Boolean ? text : JsonSerializer.Serialize(text, Relaxed);
    })) + "]";

    private string Quantile(IReadOnlyCollection<int> rows)
    {
        var sorted = rows.Order(Comparer<int>.Create(ByValue)).ToArray();
        var row = sorted[(int)Math.Floor(_parameters.Q * (sorted.Length - 1))];
        return Column is DoubleColumn doubles ? Real(doubles[row]) : Real(new ExactFraction(Whole(row), BigInteger.Pow(10, Column.Type.Scale)).ToDouble());
    }

    private string Histogram(IEnumerable<int> rows)
    {
        var counts = new int[_parameters.Bounds.Length + 1];
        foreach (var row in rows) counts[_parameters.Bounds.Count(b => !IsBelow(row, b))]++;
        return $"[{string.Join(',', counts)}]";
    }

    private bool IsBelow(int row, ExactNumber bound)
    {
        if (Column is DoubleColumn doubles) return doubles[row] < (double)bound.Unscaled / Math.Pow(10, bound.Scale);
        return Whole(row) * BigInteger.Pow(10, bound.Scale) < bound.Unscaled * BigInteger.Pow(10, Column.Type.Scale);
    }

    private string Variance(IReadOnlyCollection<int> rows)
    {
        if (rows.Count < 2) return "null";
        var sum = Total(rows);
        var squares = rows.Aggregate(ExactFraction.Zero, (total, r) => total + Product(Exactly(r), Exactly(r)));
        var negated = Product(Product(sum, sum), new ExactFraction(-1, 1)) / rows.Count;
        var variance = ((squares + negated) / (rows.Count - 1)).ToDouble();
        return Real(Function == "stddev" ? Math.Sqrt(variance) : variance);
    }

    private static ExactFraction Product(ExactFraction a, ExactFraction b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    private string Sum(IReadOnlyCollection<int> rows)
    {
        if (Column is DoubleColumn) return Real(Total(rows).ToDouble());
        var sum = rows.Aggregate(BigInteger.Zero, (s, r) => s + Whole(r));
        if (Column is DecimalColumn)
            return BigInteger.Abs(sum) < BigInteger.Pow(10, 38) ? Decimal128.Format((Int128)sum, Column.Type.Scale) : "out of range";
        return sum >= long.MinValue && sum <= long.MaxValue ? sum.ToString(CultureInfo.InvariantCulture) : "out of range";
    }

    private ExactFraction Total(IEnumerable<int> rows) => rows.Aggregate(ExactFraction.Zero, (sum, r) => sum + Exactly(r));

    private ExactFraction Exactly(int row) => Column is DoubleColumn doubles ? ExactFraction.Of(doubles[row]) : new ExactFraction(Whole(row), BigInteger.Pow(10, Column.Type.Scale));

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
