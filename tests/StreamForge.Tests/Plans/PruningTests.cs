namespace StreamForge.Tests.Plans;

public sealed class PruningTests
{
    [Fact]
    public void A_source_decodes_only_what_is_read()
    {
        var plan = PlanCase.Plan("""
            features:
              - view: v
                input: s
                entity: [user]
                windows: [1h]
                aggregates:
                  - {name: n, function: count, where: gift}
                  - {name: spend, function: sum, of: quantity * price}
            """);
        Assert.Equal(["t", "user", "quantity", "price", "gift"], plan.Sources[0].Columns.Names());
        Assert.Equal(0, plan.Sources[0].EventTimeColumn);
        Assert.Equal(PlanCase.Columns, plan.Sources[0].Schema);
    }

    [Fact]
    public void A_transformation_computes_only_the_columns_that_are_read_behind_it()
    {
        var plan = PlanCase.Plan("""
            transformations:
              - {name: a, type: sql_transform, input: s, sql: "SELECT *, note || country AS both, price * quantity AS total FROM s WHERE gift"}
              - {name: b, type: sql_transform, input: a, sql: "SELECT user, total, both, amount FROM a"}
            features:
              - view: v
                input: b
                entity: [user]
                windows: [1h]
                aggregates: [{name: spend, function: sum, of: total}]
            """);
        Assert.Equal(["t", "user", "quantity", "price", "gift"], plan.Sources[0].Columns.Names());
        Assert.Equal(["user", "total", "both", "amount"], plan.Sources[0].Transformations[1].FullOutput.Names());
        Assert.Equal(["user", "total"], plan.Sources[0].Transformations[1].Query.Output.Names());
        Assert.Equal(["total", "user"], plan.Sources[0].Transformations[0].Query.Output.Names().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sinks_event_times_and_expectations_read_too()
    {
        var view = "features: [{view: v, input: s, entity: [user], windows: [1h], event_time: shipped, aggregates: [{name: n, function: count}]}]\n";
        Assert.Equal(["t", "user", "shipped"], PlanCase.Plan(view).Sources[0].Columns.Names());
        var expecting = """
            transformations:
              - {name: a, type: sql_transform, input: s, sql: "SELECT user, price AS cost, note FROM s", expect: [{must: cost > 0}]}
            features: [{view: v, input: a, entity: [user], windows: [1h], aggregates: [{name: n, function: count}]}]
            """;
        Assert.Equal(["t", "user", "price"], PlanCase.Plan(expecting).Sources[0].Columns.Names());
        var sink = PlanCase.Plan("sinks: {out: {type: files, input: s, path: out}}\n" + view);
        Assert.Equal(PlanCase.Columns.Names(), sink.Sources[0].Columns.Names());
        Assert.Equal(PlanCase.Columns, sink.Sinks[0].Schema);
    }

    [Fact]
    public void Several_views_and_sinks_read_one_input_and_are_found_by_it()
    {
        var plan = PlanCase.Plan("""
            sinks:
              raw: {type: files, input: s, path: raw}
              cooked: {type: files, input: a, path: cooked}
            features:
              - {view: v, input: a, entity: [user], windows: [1h], aggregates: [{name: n, function: count}]}
              - {view: w, input: a, entity: [country], windows: [1d], aggregates: [{name: n, function: count}]}
              - {view: x, input: s, entity: [note], windows: [lifetime], aggregates: [{name: n, function: count}]}
            transformations:
              - {name: a, type: sql_transform, input: s, sql: "SELECT user, country FROM s"}
            """);
        Assert.Equal([0, 1, 2], plan.Sources[0].Views.ToArray());
        Assert.Equal([0, 1], plan.Sources[0].Sinks.ToArray());
        Assert.Equal([1, 1, 0], plan.Views.Select(v => v.Node));
        Assert.Equal([0, 1], plan.Sinks.Select(s => s.Node));
    }

    [Fact]
    public void Transformations_may_stand_in_any_order()
    {
        string[] steps =
        [
            "{name: a, type: sql_transform, input: s, sql: \"SELECT user, price FROM s\"}", "{name: b, type: sql_transform, input: a, sql: \"SELECT user, price + 1 AS q FROM a\"}",
            "{name: c, type: sql_transform, input: b, sql: \"SELECT user, q * 2 AS r FROM b\"}", "{name: d, type: sql_transform, input: a, sql: \"SELECT user FROM a\"}",
        ];
        var random = new Random(1);
        for (var i = 0; i < 10; i++)
        {
            random.Shuffle(steps);
            var plan = PlanCase.Plan($"transformations:\n{string.Concat(steps.Select(s => $"  - {s}\n"))}features: [{{view: v, input: c, entity: [user], windows: [1h], aggregates: [{{name: s, function: sum, of: r}}]}}]\n");
            var source = plan.Sources[0];
            Assert.Equal(4, source.Transformations.Length);
            // Each reads the source or one that stands before it.
            Assert.All(source.Transformations.Select((t, n) => (t, n)), p => Assert.InRange(p.t.Input, 0, p.n));
            Assert.All(source.Transformations, t => Assert.Equal(t.Definition.Input.Value, t.Input == 0 ? "s" : source.Transformations[t.Input - 1].Name));
            Assert.Equal("c", source.Transformations[plan.Views[0].Node - 1].Name);
        }
    }
}
