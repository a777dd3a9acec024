using System.Collections.Immutable;
using System.Globalization;
using System.Text;

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
    Variance,
    Stddev,
    LastN,
    Quantile,
    TopK,
    Histogram,
    Ratio,
}

/// <summary>What the events of a case are.</summary>
public enum OracleSource
{
    /// <summary>Rows that are added (<see cref="OracleCase.Events"/>).</summary>
    Append,

    /// <summary>Changes (<see cref="OracleCase.Changes"/>) that carry whole before images.</summary>
    Full,

    /// <summary>Changes whose before images are those that were kept, by primary key.</summary>
    Stored,
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

/// <summary>Half of a ratio: the sum of a column, or how many rows fulfil a condition.</summary>
public sealed record OracleTerm(string? Column, OracleComparison? Condition = null)
{
    public string Sql => Column ?? Condition!.Sql;
}

/// <summary>An aggregate of a view; parameters that its function has no use for are ignored.</summary>
/// <param name="Of">The column that is aggregated; null for a count of rows and for a ratio.</param>
public sealed record OracleAggregate(string Name, OracleFunction Function, string? Of = null, OracleWhere? Where = null)
{
    /// <summary>distinct over an append source: counted exactly up to so many values, beyond by HyperLogLog.</summary>
    public int ExactUpTo { get; init; } = 1000;

    /// <summary>quantile: from 0 to 1.</summary>
    public double Q { get; init; } = 0.5;

    /// <summary>quantile: how far the answer may be from the exact lower quantile, relative to it.</summary>
    public double RelativeError { get; init; } = 0.01;

    /// <summary>last_n and top_k: how many.</summary>
    public int N { get; init; } = 1;

    /// <summary>histogram: ascending.</summary>
    public ImmutableArray<OracleValue> Bounds { get; init; } = [];

    /// <summary>ratio: the upper half.</summary>
    public OracleTerm? Numerator { get; init; }

    /// <summary>ratio: the lower half; null for all rows.</summary>
    public OracleTerm? Denominator { get; init; }

    /// <summary>The fields of the aggregate as a pipeline file writes them; its condition must be written too.</summary>
    public string Written
    {
        get
        {
            var text = new StringBuilder($"name: {Name}, function: {Function.Word()}");
            if (Of is { } of) text.Append(", of: ").Append(of);
            if (Where is { } where) text.Append(", where: \"").Append(where.Written!.Sql).Append('"');
            return text.Append(Function switch
            {
                OracleFunction.Distinct => $", exact_up_to: {ExactUpTo}",
                OracleFunction.Quantile => string.Create(CultureInfo.InvariantCulture, $", q: {Q}, relative_error: {RelativeError}"),
                OracleFunction.LastN => $", n: {N}",
                OracleFunction.TopK => $", k: {N}",
                OracleFunction.Histogram => $", bounds: [{string.Join(", ", Bounds)}]",
                OracleFunction.Ratio => $", numerator: \"{Numerator!.Sql}\"{(Denominator is { } below ? $", denominator: \"{below.Sql}\"" : "")}",
                _ => "",
            }).ToString();
        }
    }
}

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
    int Partitions = 1)
{
    public OracleSource Source { get; init; }

    /// <summary>Sliding windows have exact tails: a read at t sees [t-W, t), to the microsecond.</summary>
    public bool Exact { get; init; }

    /// <summary>The rows that the transformation before the view lets through; null for all.</summary>
    public OracleComparison? Filter { get; init; }

    /// <summary>What a row must fulfil not to be a dead letter; null for nothing.</summary>
    public OracleComparison? Must { get; init; }
}
