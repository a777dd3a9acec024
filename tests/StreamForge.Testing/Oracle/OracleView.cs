using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

public enum OracleFunction
{
    Count,
    Sum,
    Avg,
    Min,
    Max,
    First,
    Last,
    Distinct,
}

/// <summary>Which rows an aggregate takes: those for which the test is true; false and null (unknown) do not count.</summary>
/// <param name="Test">Any function of the event.</param>
/// <param name="Written">The same condition in a form that can be written to JSON or SQL, where there is one.</param>
public sealed record OracleWhere(Func<OracleEvent, bool?> Test, OracleComparison? Written = null);

/// <summary>A column compared with a constant; unknown when the column is null.</summary>
/// <param name="Operator">One of <c>= &lt;&gt; &lt; &lt;= &gt; &gt;=</c>.</param>
public sealed record OracleComparison(string Column, string Operator, OracleValue Value)
{
    /// <summary>The condition in SQL: <c>quantity &gt;= 3</c>, <c>item = 'a''b'</c>.</summary>
    public string Sql => $"{Column} {Operator} {(Value is OracleValue.Text t ? $"'{t.Value.Replace("'", "''", StringComparison.Ordinal)}'" : Value)}";

    public bool? Test(OracleEvent e)
    {
        if (e[Column] is not { } value) return null;
        var order = value.CompareTo(Value);
        return Operator switch
        {
            "=" => order == 0,
            "<>" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            ">=" => order >= 0,
            _ => throw new ArgumentException($"'{Operator}' is no comparison"),
        };
    }

    public OracleWhere AsWhere() => new(Test, this);
}

/// <param name="Of">The column that is aggregated; null only for a count of rows.</param>
public sealed record OracleAggregate(string Name, OracleFunction Function, string? Of = null, OracleWhere? Where = null);

/// <summary>What is computed, for each feature key and window, from one view's events.</summary>
/// <param name="OutOfOrderness">Microseconds that the watermark stays behind a partition's newest event.</param>
/// <param name="AllowedLateness">Microseconds that a tile goes on accepting after its window has passed.</param>
/// <param name="Resolution">Tile length in microseconds for all windows; null for each window's default.</param>
/// <param name="Partitions">How many partitions there are; one that has brought nothing yet holds the watermark back.</param>
public sealed record OracleView(
    ImmutableArray<OracleWindow> Windows,
    ImmutableArray<OracleAggregate> Aggregates,
    long OutOfOrderness = 0,
    long AllowedLateness = 0,
    long? Resolution = null,
    int Partitions = 1);
