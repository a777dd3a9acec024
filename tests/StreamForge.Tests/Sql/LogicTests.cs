using StreamForge.Core;

namespace StreamForge.Tests.Sql;

public class LogicTests
{
    private static readonly object?[] Left = [true, true, true, false, false, false, null, null, null];
    private static readonly object?[] Right = [true, false, null, true, false, null, true, false, null];

    private static IReadOnlyList<string?> Over(string sql)
    {
        var batch = Rows.Batch(("a", DataType.Boolean, Left), ("b", DataType.Boolean, Right));
        var result = Rows.Evaluate(sql, batch);
        batch.Release();
        return result;
    }

    private static IReadOnlyList<string?> Expected(string table) =>
        [.. table.Split(' ').Select(v => v switch { "T" => "true", "F" => "false", _ => null })];

    [Theory]
    [InlineData("a AND b", "T F ? F F F ? F ?")]
    [InlineData("a OR b", "T T T T F ? T ? ?")]
    [InlineData("NOT a", "F F F T T T ? ? ?")]
    [InlineData("a = b", "T F ? F T ? ? ? ?")]
    [InlineData("a <> b", "F T ? T F ? ? ? ?")]
    [InlineData("a IS DISTINCT FROM b", "F T T T F T T T F")]
    [InlineData("a IS NOT DISTINCT FROM b", "T F F F T F F F T")]
    [InlineData("a IS NULL", "F F F F F F T T T")]
    [InlineData("a IS NOT NULL", "T T T T T T F F F")]
    [InlineData("a IS TRUE", "T T T F F F F F F")]
    [InlineData("a IS NOT TRUE", "F F F T T T T T T")]
    [InlineData("a IS FALSE", "F F F T T T F F F")]
    [InlineData("a IS NOT FALSE", "T T T F F F T T T")]
    [InlineData("a IS UNKNOWN", "F F F F F F T T T")]
    [InlineData("a IS NOT UNKNOWN", "T T T T T T F F F")]
    [InlineData("a IN (b, FALSE)", "T F ? T T T ? ? ?")]
    [InlineData("a NOT IN (TRUE, NULL)", "F F F ? ? ? ? ? ?")]
    [InlineData("NULLIF(a, b)", "? T T F ? F ? ? ?")]
    [InlineData("COALESCE(a, b)", "T T T F F F T F ?")]
    [InlineData("GREATEST(a, b)", "T T ? T F ? ? ? ?")]
    [InlineData("LEAST(a, b)", "T F ? F F ? ? ? ?")]
    [InlineData("IF(a, b, NOT b)", "T F ? F T ? F T ?")]
    [InlineData("CASE a WHEN TRUE THEN b WHEN b THEN TRUE END", "T F ? ? T ? ? ? ?")]
    public void Three_valued_logic_is_Kleenes(string sql, string table) => Assert.Equal(Expected(table), Over(sql));

    [Theory]
    [InlineData("NULL AND FALSE", "false")]
    [InlineData("NULL OR TRUE", "true")]
    [InlineData("NULL = NULL", null)]
    [InlineData("1 IN (2, NULL)", null)]
    [InlineData("1 IN (1, NULL)", "true")]
    [InlineData("1 NOT IN (2, 3)", "true")]
    [InlineData("'b' IN ('a', 'b', 'c', 'd', 'e', 'f')", "true")]
    [InlineData("1.0 IN (1, 2)", "true")]
    [InlineData("1 IN (1.5, 1.0)", "true")]
    [InlineData("5 BETWEEN 1 AND 5", "true")]
    [InlineData("5 NOT BETWEEN 1 AND 4.99", "true")]
    [InlineData("5 BETWEEN 9 AND 1", "false")]
    [InlineData("5 BETWEEN SYMMETRIC 9 AND 1", "true")]
    [InlineData("5 BETWEEN NULL AND 1", "false")]
    [InlineData("5 BETWEEN 1 AND NULL", null)]
    [InlineData("1 = 1.0 AND 1.0 = 1e0", "true")]
    [InlineData("DATE '2020-01-02' > '2020-01-01'", "true")]
    [InlineData("TIMESTAMP '2020-01-02 00:00:00' = DATE '2020-01-02'", "true")]
    [InlineData("'a' < 'B'", "false")]
    [InlineData("'ä' > 'z'", "true")]
    [InlineData("1 + 1 = 2 = TRUE", "true")]
    [InlineData("NOT 1 = 2 AND TRUE", "true")]
    [InlineData("TRUE OR FALSE AND FALSE", "true")]
    [InlineData("1 = 2 IS NOT TRUE", "true")]
    public void Predicates_of_constants(string sql, string? expected) => Assert.Equal(expected, Rows.Value(sql));

    [Theory]
    [InlineData("a / b", "! division by zero in a / b")]
    [InlineData("CASE WHEN b <> 0 THEN a / b END", null)]
    [InlineData("CASE b WHEN 0 THEN -1 ELSE a / b END", "-1")]
    [InlineData("CASE WHEN b = 0 THEN 0 WHEN a / b > 1 THEN 1 END", "0")]
    [InlineData("b <> 0 AND a / b > 1", "false")]
    [InlineData("b = 0 OR a / b > 1", "true")]
    [InlineData("NOT (b = 0) AND (a / b > 1 OR a / b < 0)", "false")]
    [InlineData("COALESCE(a, a / b)", "6")]
    [InlineData("IFNULL(a, a / b)", "6")]
    [InlineData("IF(b = 0, a, a / b)", "6")]
    [InlineData("a / NULLIF(b, 0)", null)]
    [InlineData("COALESCE(a / b, 1)", "! division by zero in a / b")]
    [InlineData("(a / b) IS NULL", "! division by zero in (a / b)")]
    [InlineData("a / b > 1 AND FALSE", "! division by zero in a / b")]
    [InlineData("CASE WHEN b = 0 THEN NULL ELSE 1 / 0 END", null)]
    [InlineData("CASE WHEN b = 0 THEN CAST('x' AS INT) END", "! 'x' is no int in CAST('x' AS INT)")]
    [InlineData("CASE WHEN b <> 0 THEN CAST(t AS INT) ELSE 7 END", "7")]
    [InlineData("b <> 0 AND CAST(t AS INT) = 1", "false")]
    [InlineData("CASE WHEN b <> 0 THEN POWER(2, 3) + LENGTH(REPEAT(t, 1000000000)) END", null)]
    public void An_error_that_a_row_does_not_reach_does_not_fail_it(string sql, string? expected)
    {
        var batch = Rows.Batch(("a", DataType.BigInt, [6, 6]), ("b", DataType.BigInt, [3, 0]), ("t", DataType.String, ["1", "x"]));
        var results = Rows.Evaluate(sql, batch);
        batch.Release();
        Assert.Equal(expected, results[1]);
    }

    [Fact]
    public void Every_failing_row_is_reported_with_its_own_number()
    {
        var batch = Rows.Batch(("a", DataType.BigInt, [1, long.MaxValue, null, 4, long.MaxValue]), ("b", DataType.BigInt, [1, 1, 1, 0, 0]));
        Assert.Equal(["2", "! bigint overflow in a + b", null, "4", "9223372036854775807"], Rows.Evaluate("a + b", batch));
        batch.Release();
    }
}
