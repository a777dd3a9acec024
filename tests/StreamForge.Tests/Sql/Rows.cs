using System.Globalization;
using System.Text;
using StreamForge.Core;
using StreamForge.Sql;

namespace StreamForge.Tests.Sql;

/// <summary>Small tables for SQL tests: columns of CLR values in, text of results out.</summary>
internal static class Rows
{
    public static BatchOrigin Origin { get; } = new(new PartitionId("test", 0), "");

    /// <summary>The clock of tests: 2024-02-29T12:34:56.789012Z.</summary>
    public static DateTimeOffset Now { get; } = new DateTimeOffset(2024, 2, 29, 12, 34, 56, 789, TimeSpan.Zero).AddMicroseconds(12);

    public static EvaluationContext Context() => new(new FixedClock());

    public static Column Column(DataType type, params object?[] values)
    {
        var column = StreamForge.Core.Column.Create(type, values.Length);
        foreach (var value in values) Append(column, value);
        return column;
    }

    private static void Append(Column column, object? value)
    {
        switch (column, value)
        {
            case (_, null): column.AppendNull(); break;
            case (BooleanColumn c, bool v): c.Append(v ? (byte)1 : (byte)0); break;
            case (DoubleColumn c, _): c.Append(Convert.ToDouble(value, CultureInfo.InvariantCulture)); break;
            case (Int64Column c, int v): c.Append(v); break;
            case (Int64Column c, long v): c.Append(v); break;
            case (DecimalColumn c, Int128 v): c.Append(v); break;
            case (BytesColumn c, byte[] v): c.Append(v); break;
            case (BytesColumn c, string v): c.Append(v); break;
            case (_, string text): Assert.True(TextValue.TryAppend(column, text), text); break;
            default: throw new ArgumentException($"{value} is no {column.Type}");
        }
    }

    public static ColumnBatch Batch(params (string Name, DataType Type, object?[] Values)[] columns)
    {
        var schema = new Schema(columns.Select(c => new Field(c.Name, c.Type)));
        var headers = new RowHeaders(columns.Length == 0 ? 1 : columns[0].Values.Length);
        for (var i = 0; i < headers.Count; i++) headers.Positions[i] = i;
        return new ColumnBatch(schema, [.. columns.Select(c => Column(c.Type, c.Values))], headers, Origin);
    }

    /// <summary>One row without columns.</summary>
    public static ColumnBatch Empty() => Batch();

    public static string? Text(Column column, int row)
    {
        if (column.IsNull(row)) return null;
        return column switch
        {
            BooleanColumn c => c[row] != 0 ? "true" : "false",
            DoubleColumn c => c[row].ToString("R", CultureInfo.InvariantCulture),
            DecimalColumn c => Decimal128.Format(c[row], c.Type.Scale),
            Int64Column c when c.Type.IsTimestamp => EventTime.Format(c[row]),
            Int64Column c when c.Type.Kind == TypeKind.Date => EventTime.Format(c[row] * EventTime.Day)[..10],
            Int64Column c => c[row].ToString(CultureInfo.InvariantCulture),
            BytesColumn c => Encoding.UTF8.GetString(c[row]),
            _ => throw new InvalidOperationException(),
        };
    }

    public static IReadOnlyList<string?> Texts(Column column) => [.. Enumerable.Range(0, column.Count).Select(i => Text(column, i))];

    /// <summary>The values of an expression over a batch; a failed row as "! reason".</summary>
    public static IReadOnlyList<string?> Evaluate(string sql, ColumnBatch batch)
    {
        var expression = SqlExpression.Compile(sql, batch.Schema).Require();
        var errors = new RowErrors();
        var column = expression.Evaluate(batch, Context(), errors);
        Assert.Equal(expression.Type, column.Type);
        Assert.Equal(batch.Count, column.Count);
        var texts = Texts(column).ToArray();
        foreach (var (row, reason) in errors.Reasons)
        {
            Assert.Null(texts[row]);
            texts[row] = "! " + reason;
        }
        column.Release();
        return texts;
    }

    /// <summary>The value of an expression without columns.</summary>
    public static string? Value(string sql)
    {
        var batch = Empty();
        var result = Evaluate(sql, batch)[0];
        batch.Release();
        return result;
    }

    public static string Type(string sql, Schema? schema = null) => SqlExpression.Compile(sql, schema ?? new Schema([])).Require().Type.ToString();

    /// <summary>The errors of an expression, each as line:column: sentence.</summary>
    public static string[] Errors(string sql, Schema? schema = null)
    {
        var compiled = SqlExpression.Compile(sql, schema ?? new Schema([]));
        Assert.Equal(compiled.Errors.Length == 0, compiled.Result is not null);
        return [.. compiled.Errors.Select(e => e.ToString())];
    }

    public static string[] QueryErrors(string sql, Schema schema)
    {
        var compiled = SqlQuery.Compile(sql, schema);
        Assert.Equal(compiled.Errors.Length == 0, compiled.Result is not null);
        return [.. compiled.Errors.Select(e => e.ToString())];
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
