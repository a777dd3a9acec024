using StreamForge.Core;
using StreamForge.Sql;

namespace StreamForge.Tests.Sql;

public class QueryTests
{
    private static ColumnBatch Orders() => Rows.Batch(
        ("id", DataType.BigInt, [1, 2, 3, 4, null]),
        ("Amount", DataType.Decimal(10, 2), ["1.50", "20.00", null, "-3.00", "7.25"]),
        ("name", DataType.String, ["a", "b", "c", null, "e"]),
        ("unused", DataType.Double, [1, 2, 3, 4, 5]));

    private static SqlQuery Compile(string sql, ColumnBatch batch) => SqlQuery.Compile(sql, batch.Schema).Require();

    private static (ColumnBatch Output, RowErrors Errors) Run(SqlQuery query, ColumnBatch batch)
    {
        var errors = new RowErrors();
        return (query.Execute(batch, Rows.Context(), errors), errors);
    }

    [Fact]
    public void Columns_get_their_names_from_aliases_columns_and_positions()
    {
        var batch = Orders();
        var query = Compile("select *, amount * 2, o.AMOUNT as twice, id + 1 next, `name` \"the name\", 1 FROM {{ input }} AS o", batch);
        Assert.Equal(["id", "Amount", "name", "unused", "EXPR$4", "twice", "next", "the name", "EXPR$8"], query.Output.Fields.Select(f => f.Name));
        batch.Release();
    }

    [Theory]
    [InlineData("window")]
    [InlineData("value")]
    [InlineData("date")]
    [InlineData("count")]
    public void Columns_of_such_names_need_no_quotes(string name)
    {
        var batch = Rows.Batch((name, DataType.String, ["tumbling_1d", "b"]));
        var (output, _) = Run(Compile($"SELECT {name} FROM {{{{ input }}}} WHERE {name} = 'tumbling_1d'", batch), batch);
        Assert.Equal(["tumbling_1d"], Rows.Texts(output[0]));
        output.Release();
        batch.Release();
    }

    [Theory]
    [InlineData("SELECT id FROM {{ input }}")]
    [InlineData("SELECT id FROM {{input}} o")]
    [InlineData("SELECT o.id FROM orders AS o;")]
    [InlineData("SELECT orders.id FROM db.orders")]
    [InlineData("SELECT input.id FROM {{ input }} -- all of them")]
    [InlineData("/* first */ SELECT ID\nFROM input WHERE TRUE")]
    public void The_input_has_a_name_and_may_have_an_alias(string sql)
    {
        var batch = Orders();
        Assert.Equal(["id"], Compile(sql, batch).Output.Fields.Select(f => f.Name));
        batch.Release();
    }

    [Fact]
    public void A_row_passes_only_where_the_condition_is_true()
    {
        var batch = Orders();
        var (output, errors) = Run(Compile("SELECT id, name, amount + 1 AS more FROM {{ input }} WHERE amount > 1", batch), batch);
        Assert.False(errors.Any);
        Assert.Equal(["1", "2", null], Rows.Texts(output["id"]));
        Assert.Equal(["a", "b", "e"], Rows.Texts(output["name"]));
        Assert.Equal(["2.50", "21.00", "8.25"], Rows.Texts(output["more"]));
        Assert.Equal([0L, 1, 4], output.Headers.Positions.ToArray());
        output.Release();
        batch.Release();
    }

    [Fact]
    public void A_failing_row_is_reported_by_its_number_in_the_input_and_left_out()
    {
        var batch = Rows.Batch(("a", DataType.BigInt, [1, 2, 3, 4, 5, 6]), ("b", DataType.BigInt, [1, 0, 1, 0, 1, 0]));
        var (output, errors) = Run(Compile("SELECT a, a / b AS c FROM t WHERE a > 2", batch), batch);
        Assert.Equal(["3", "5"], Rows.Texts(output["c"]));
        Assert.Equal([2L, 4], output.Headers.Positions.ToArray());
        Assert.Equal([3, 5], errors.Reasons.Keys.Order());
        Assert.Equal("division by zero in a / b", errors.Reasons[3]);
        output.Release();

        (output, errors) = Run(Compile("SELECT a FROM t WHERE a / b > 1 OR a = 2", batch), batch);
        Assert.Equal(["3", "5"], Rows.Texts(output["a"]));
        Assert.Equal([1, 3, 5], errors.Reasons.Keys.Order());
        output.Release();

        (output, errors) = Run(Compile("SELECT a / b AS c FROM t WHERE b <> 0", batch), batch);
        Assert.Equal(["1", "3", "5"], Rows.Texts(output["c"]));
        Assert.False(errors.Any);
        output.Release();
        batch.Release();
    }

    [Fact]
    public void Without_dropped_rows_headers_and_columns_passed_through_are_shared_and_everything_is_released()
    {
        var batch = Orders();
        var (output, _) = Run(Compile("SELECT id, name AS n, COALESCE(id, 0) AS i FROM {{ input }} WHERE id > 0 OR id IS NULL", batch), batch);
        Assert.Same(batch.Headers, output.Headers);
        Assert.Same(batch["id"], output["id"]);
        Assert.Same(batch["name"], output["n"]);
        output.Release();
        Assert.Equal(5, batch["id"].Count);
        AssertLastReference(batch);
    }

    [Theory]
    [InlineData("SELECT * FROM t")]
    [InlineData("SELECT * FROM t WHERE Amount > 0")]
    [InlineData("SELECT * FROM t WHERE FALSE")]
    [InlineData("SELECT id / (id - 2) AS a, name, Amount FROM t")]
    [InlineData("SELECT id / (id - 2) AS a, name, Amount FROM t WHERE Amount IS NOT NULL")]
    [InlineData("SELECT CASE name WHEN 'a' THEN id WHEN name THEN unused END AS a, COALESCE(name, 'x') AS b, NULLIF(name, 'b') AS c FROM t")]
    [InlineData("SELECT GREATEST(id, Amount) AS a, id BETWEEN SYMMETRIC unused AND Amount AS b, UPPER(name) || name AS c, id IN (1, 2) AS d, name IN ('a') AS e FROM t")]
    [InlineData("SELECT id IS DISTINCT FROM unused AS a, name LIKE name AS b, CAST(id AS STRING) AS c, JSON_VALUE(name, '$.a' DEFAULT name ON ERROR) AS d FROM t WHERE NOT FALSE AND id IS NOT NULL")]
    public void Nothing_is_kept_after_release(string sql)
    {
        var batch = Orders();
        var (output, _) = Run(Compile(sql, batch), batch);
        AssertLastReference(output, batch);
        AssertLastReference(batch);
    }

    /// <summary>Releases the batch; then nobody holds its columns, except those shared with <paramref name="other"/>.</summary>
    private static void AssertLastReference(ColumnBatch batch, ColumnBatch? other = null)
    {
        var own = batch.Columns.ToArray().Where(c => other is null || !other.Columns.Contains(c)).ToArray();
        batch.Release();
        foreach (var column in own) Assert.Throws<InvalidOperationException>(column.Release);
    }

    [Fact]
    public void Restrict_computes_only_what_is_asked_for_and_keeps_the_condition()
    {
        var batch = Orders();
        var query = Compile("SELECT id, Amount * 2 AS twice, 1 / 0 AS bad, NOW() AS now FROM {{ input }} WHERE name IS NOT NULL", batch);
        Assert.Equal(["id", "Amount", "name"], query.ColumnsRead.AsEnumerable());
        Assert.False(query.IsDeterministic);
        var narrow = query.Restrict(new HashSet<string> { "twice" });
        Assert.Equal(["Amount", "name"], narrow.ColumnsRead.AsEnumerable());
        Assert.True(narrow.IsDeterministic);
        Assert.Equal(["twice"], narrow.Output.Fields.Select(f => f.Name));
        var (output, errors) = Run(narrow, batch);
        Assert.False(errors.Any);
        Assert.Equal(["3.00", "40.00", null, "14.50"], Rows.Texts(output["twice"]));
        Assert.Same(query, query.Restrict(new HashSet<string> { "id", "twice", "bad", "now" }));
        output.Release();
        batch.Release();
    }

    [Fact]
    public void A_batch_may_lack_columns_that_are_not_read_and_order_them_differently()
    {
        var whole = Orders();
        var query = Compile("SELECT id, name FROM {{ input }} WHERE name <> 'b'", whole);
        var pruned = Rows.Batch(("name", DataType.String, ["b", "z"]), ("id", DataType.BigInt, [8, 9]));
        foreach (var (batch, ids) in new[] { (whole, new string?[] { "1", "3", null }), (pruned, ["9"]), (whole, ["1", "3", null]) })
        {
            var (output, _) = Run(query, batch);
            Assert.Equal(ids, Rows.Texts(output["id"]));
            output.Release();
        }
        var lacking = Rows.Batch(("name", DataType.String, ["b"]));
        Assert.Throws<ArgumentException>(() => query.Execute(lacking, Rows.Context(), new RowErrors()));
        lacking.Release();
        pruned.Release();
        whole.Release();
    }

    [Fact]
    public void Batches_of_nulls_and_of_no_rows_go_through_everything()
    {
        const string sql = """
            SELECT id + 1 AS a, id / 0 AS b, Amount / Amount AS c, unused * 2 AS d, UPPER(name) AS e, name LIKE '%x' AS f, id IN (1, 2) AS g, id BETWEEN 1 AND 2 AS h,
              CASE WHEN id > 1 THEN name END AS i, CAST(name AS INT) AS j, JSON_VALUE(name, '$.a' ERROR ON ERROR) AS k, COALESCE(id, Amount) AS l, GREATEST(id, unused) AS m,
              ROUND(Amount, 1) AS n, SQRT(unused) AS o, name || name AS p, -id AS q, NOT id = 1 AS r, CAST(id AS STRING) AS s, REGEXP(name, 'a') AS t, CONCAT_WS(name, name) AS u
            FROM {{ input }}
            """;
        foreach (var rows in new[] { 0, 3 })
        {
            var nulls = new object?[rows];
            var batch = Rows.Batch(("id", DataType.BigInt, nulls), ("Amount", DataType.Decimal(10, 2), nulls), ("name", DataType.String, nulls), ("unused", DataType.Double, nulls));
            var (output, errors) = Run(Compile(sql, batch), batch);
            Assert.False(errors.Any);
            Assert.Equal(rows, output.Count);
            foreach (var column in output.Columns) Assert.All(Rows.Texts(column), Assert.Null);
            output.Release();
            batch.Release();
        }
    }

    [Theory]
    [InlineData("select   AMOUNT*2 as x from {{input}} where ID!=1 -- c", true)]
    [InlineData("SELECT o.`Amount` /* c */ * 2 x FROM t o WHERE id <> 1", true)]
    [InlineData("SELECT Amount * 3 AS x FROM {{ input }} WHERE id <> 1", false)]
    [InlineData("SELECT Amount * 2 AS X FROM {{ input }} WHERE id <> 1", false)]
    [InlineData("SELECT Amount * 2 AS x FROM {{ input }} WHERE id <> 2", false)]
    [InlineData("SELECT Amount * 2 AS x FROM {{ input }}", false)]
    public void The_canonical_text_ignores_how_a_query_is_written_and_nothing_else(string sql, bool same)
    {
        var batch = Orders();
        var canonical = Compile("SELECT Amount * 2 AS x FROM {{ input }} WHERE id <> 1", batch).Canonical;
        Assert.Equal("SELECT `Amount` * 2 AS `x` FROM {{ input }} WHERE `id` <> 1", canonical);
        Assert.Equal(same, Compile(sql, batch).Canonical == canonical);
        Assert.Equal(canonical, Compile(canonical, batch).Canonical);
        batch.Release();
    }

    [Fact]
    public void Text_in_an_expression_keeps_its_case_in_the_canonical_text() =>
        Assert.Equal("UPPER ( 'It''s' ) = 'A'", SqlExpression.Compile("upper('It''s')='A'", new Schema([])).Require().Canonical);

    [Fact]
    public void A_large_batch_gives_the_same_as_row_by_row()
    {
        var random = new Random(7);
        object?[] Column(Func<object> value) => [.. Enumerable.Range(0, 1003).Select(_ => random.Next(10) == 0 ? null : value())];
        var batch = Rows.Batch(("a", DataType.BigInt, Column(() => random.NextInt64(-50, 50))), ("b", DataType.BigInt, Column(() => random.NextInt64(-3, 4))), ("t", DataType.String, Column(() => $"t{random.Next(20)}")));
        const string sql = "CASE WHEN t IN ('t1', 't2', 't3', 't4', 't5', 't6') AND b <> 0 THEN a / b WHEN t LIKE 't1%' OR a % b = 0 THEN a * b - 1 ELSE COALESCE(b, a + 1) END";
        var all = Rows.Evaluate(sql, batch);
        for (var i = 0; i < batch.Count; i++)
        {
            var one = batch.Gather([i]);
            Assert.Equal(Rows.Evaluate(sql, one)[0], all[i]);
            one.Release();
        }
        batch.Release();
    }
}
