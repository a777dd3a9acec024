using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Sql;
using StreamForge.Sql.Ranges;

namespace StreamForge.Tests.Sql;

/// <summary>Whether a predicate may be true, asked of bounds and null counts, against its value on the rows themselves.</summary>
public sealed class RangeTests
{
    private static readonly Schema Input = new(
    [
        new("i", DataType.Int), new("l", DataType.BigInt), new("x", DataType.Double), new("m", DataType.Decimal(6, 2)), new("s", DataType.String), new("b", DataType.Boolean), new("d", DataType.Date), new("t", DataType.Timestamp),
    ]);

    [Fact]
    public void What_is_true_for_a_row_may_be_true_for_its_bounds() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var batch = Rows(random, random.Next(1, 4));
        var sql = Predicate(random, 3);
        var expression = SqlExpression.Compile(sql, Input).Require();
        var result = (BooleanColumn)expression.Evaluate(batch, new EvaluationContext(TimeProvider.System), new RowErrors());
        var any = Enumerable.Range(0, batch.Count).Any(row => !result.IsNull(row) && result[row] != 0);
        var may = expression.MayBeTrue(name => RangeOf(batch[name], random));
        Assert.True(may || !any, sql);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Theory]
    [InlineData("i > 10", false)]
    [InlineData("i >= 10", true)]
    [InlineData("i = 4", false)]
    [InlineData("i <> 7", true)]
    [InlineData("i BETWEEN 11 AND 20", false)]
    [InlineData("i NOT BETWEEN 5 AND 10", false)]
    [InlineData("NOT (i <= 10)", false)]
    [InlineData("i IN (1, 2, 11)", false)]
    [InlineData("i IN (1, 8)", true)]
    [InlineData("i NOT IN (1, 8)", true)]
    [InlineData("i IS NULL", false)]
    [InlineData("l IS NULL", true)]
    [InlineData("l IS NOT NULL", false)]
    [InlineData("l = 3 OR l <> 3", false)]
    [InlineData("x > 10.5", false)]
    [InlineData("i > 10.5", false)]
    [InlineData("m >= 11", false)]
    [InlineData("m > CAST(9.999 AS DECIMAL(10,3))", true)]
    [InlineData("s LIKE 'b%'", true)]
    [InlineData("s LIKE 'd%'", false)]
    [InlineData("s LIKE 'aa_%'", false)]
    [InlineData("s LIKE '%d'", true)]
    [InlineData("s = 'abd' AND i > 0", true)]
    [InlineData("s < 'abc'", false)]
    [InlineData("b", false)]
    [InlineData("NOT b", true)]
    [InlineData("b IS NOT TRUE", true)]
    [InlineData("i > 10 OR s LIKE 'z%'", false)]
    [InlineData("i > 5 AND d > DATE '1970-01-12'", false)]
    [InlineData("t >= TIMESTAMP '1970-01-02 00:00:00'", false)]
    [InlineData("i * 2 > 100", true)]
    public void Bounds_rule_predicates_out(string sql, bool expected)
    {
        var ranges = new Dictionary<string, ColumnRange>(StringComparer.Ordinal)
        {
            ["i"] = new(Bounds(DataType.Int, "5", "10"), NeverNull: true),
            ["l"] = new(null, AlwaysNull: true),
            ["x"] = new(Bounds(DataType.Double, "5", "10"), NeverNull: true),
            ["m"] = new(Bounds(DataType.Decimal(6, 2), "5", "10")),
            ["s"] = new(Bounds(DataType.String, "abc", "cde"), NeverNull: true),
            ["b"] = new(Bounds(DataType.Boolean, "false", "false")),
            ["d"] = new(Bounds(DataType.Date, "1970-01-06", "1970-01-11")),
            ["t"] = new(Bounds(DataType.Timestamp, "1970-01-01T00:00:00", "1970-01-01T23:59:59")),
        };
        Assert.Equal(expected, SqlExpression.Compile(sql, Input).Require().MayBeTrue(name => ranges[name]));
    }

    private static Column Bounds(DataType type, string low, string high)
    {
        var column = Column.Create(type, 2);
        Assert.True(TextValue.TryAppend(column, low) && TextValue.TryAppend(column, high));
        return column;
    }

    private static ColumnBatch Rows(Random random, int rows)
    {
        var columns = Input.Fields.Select(f => Column.Create(f.Type, rows)).ToArray();
        foreach (var column in columns)
        {
            var nulls = random.Next(4);
            for (var row = 0; row < rows; row++)
            {
                if (nulls == 3 || (nulls == 2 && random.Next(2) == 0)) column.AppendNull();
                else Append(column, random);
            }
        }
        return new ColumnBatch(Input, columns, new RowHeaders(rows), default!);
    }

    private static void Append(Column column, Random random)
    {
        var value = random.Next(-3, 4);
        switch (column)
        {
            case Int64Column times when column.Type.IsTimestamp: times.Append(value * EventTime.Day / 2); break;
            case Int64Column numbers: numbers.Append(value); break;
            case DoubleColumn doubles: doubles.Append(random.Next(6) == 0 ? double.NaN : value / 2.0); break;
            case DecimalColumn decimals: decimals.Append(value * 50); break;
            case BooleanColumn flags: flags.Append((byte)random.Next(2)); break;
            default: ((BytesColumn)column).Append(Text(random)); break;
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "abé"[random.Next(3)]));

    /// <summary>What a careful writer, or a careless one, might say of a column.</summary>
    private static ColumnRange RangeOf(Column column, Random random)
    {
        var rows = Enumerable.Range(0, column.Count).Where(r => !column.IsNull(r)).ToArray();
        var isNaN = column is DoubleColumn numbers && rows.Any(r => double.IsNaN(numbers[r]));
        var values = rows.Where(r => column is not DoubleColumn d || !double.IsNaN(d[r])).ToList();
        values.Sort((a, b) => column switch
        {
            Int64Column c => c[a].CompareTo(c[b]),
            DoubleColumn c => c[a].CompareTo(c[b]),
            DecimalColumn c => c[a].CompareTo(c[b]),
            BooleanColumn c => c[a].CompareTo(c[b]),
            _ => ((BytesColumn)column)[a].SequenceCompareTo(((BytesColumn)column)[b]),
        });
        Column? bounds = null;
        if (values.Count > 0 && random.Next(6) > 0)
        {
            bounds = Column.Create(column.Type, 2);
            if (random.Next(6) == 0) bounds.AppendNull();
            else bounds.AppendFrom(column, values[0]);
            if (random.Next(6) == 0) bounds.AppendNull();
            else bounds.AppendFrom(column, values[^1]);
        }
        var knows = random.Next(4) > 0;
        return new ColumnRange(bounds, NeverNull: knows && rows.Length == column.Count, AlwaysNull: knows && rows.Length == 0, NeverNaN: knows && !isNaN);
    }

    private static string Predicate(Random random, int depth)
    {
        if (depth > 0)
        {
            switch (random.Next(8))
            {
                case 0 or 1: return $"({Predicate(random, depth - 1)} AND {Predicate(random, depth - 1)})";
                case 2 or 3: return $"({Predicate(random, depth - 1)} OR {Predicate(random, depth - 1)})";
                case 4: return $"NOT ({Predicate(random, depth - 1)})";
                case 5: return $"({Predicate(random, depth - 1)}) IS {(random.Next(2) == 0 ? "NOT " : "")}{(random.Next(2) == 0 ? "TRUE" : "FALSE")}";
                default: break;
            }
        }
        var number = "ilxm"[random.Next(4)];
        var comparison = new[] { "=", "<>", "<", "<=", ">", ">=" }[random.Next(6)];
        var constant = random.Next(-4, 5);
        return random.Next(11) switch
        {
            0 or 1 => $"{number} {comparison} {constant}",
            2 => $"{number} {comparison} {constant}.5",
            3 => $"{number} {comparison} {"ilxm"[random.Next(4)]}",
            4 => $"{number} {(random.Next(2) == 0 ? "NOT " : "")}BETWEEN {constant} AND {constant + random.Next(3)}",
            5 => $"{"ilxmsbdt"[random.Next(8)]} IS {(random.Next(2) == 0 ? "NOT " : "")}NULL",
            6 => $"{number} {(random.Next(2) == 0 ? "NOT " : "")}IN ({constant}, {constant + 2}{(random.Next(4) == 0 ? ", NULL" : "")})",
            7 => $"s {(random.Next(2) == 0 ? "NOT " : "")}LIKE '{Text(random)}{(random.Next(3) switch { 0 => "%", 1 => "_", _ => "" })}'",
            8 => $"s {comparison} '{Text(random)}'",
            9 => random.Next(2) == 0 ? "b" : $"d {comparison} DATE '1970-01-0{random.Next(1, 5)}'",
            _ => random.Next(2) == 0 ? $"s IN ('{Text(random)}', '{Text(random)}')" : $"t {comparison} TIMESTAMP '1970-01-0{random.Next(1, 5)} 00:00:00'",
        };
    }
}
