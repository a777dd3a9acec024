namespace StreamForge.Integration.Tests.Kafka;

/// <summary>Tables' changes, as Debezium wrote them, in topics of a real broker, through the embedded host as a user runs it: counts, sums and what sinks were given end as the table has ended.</summary>
public sealed class ChangelogTests : IDisposable
{
    private readonly Workplace _work = new();

    public static TheoryData<string, string, string, string, int, string> Tables => new()
    {
        { "postgres/pgparts/pgparts.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", 3, "stored" },
        { "postgres/pgparts/pgparts.shop.accounts_default", "id", "owner string", "balance decimal(10,2)", 3, "stored" },
        { "postgres/pgparts/pgparts.shop.accounts_full", "id", "owner string", "balance decimal(10,2)", 3, "stored" },
        { "postgres/pgparts/pgparts.shop.accounts_full", "id", "owner string", "balance decimal(10,2)", 3, "full" },
        { "postgres/pgschema/pgschema.shop.accounts_full", "id", "owner string", "balance decimal(10,2)", 1, "full" },
        { "postgres/pgflat/pgflat.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", 1, "stored" },
        { "postgres/pgcrash/pgcrash.shop.ticks", "id", "id bigint", "n bigint", 1, "stored" },
        { "postgres/pg/pg.shop.documents", "id", "title string", "rev bigint", 1, "stored" },
        { "postgres/pg/pg.shop.staging_a", "id", "v string", "id bigint", 1, "stored" },
        { "mariadb/maria/maria.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", 1, "stored" },
        { "mariadb/maria/maria.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", 1, "full" },
        { "mariadb/mysql/mysql.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", 1, "full" },
    };

    public void Dispose() => _work.Dispose();

    [ServiceTheory(Topic.Need, CapturedTable.Need)]
    [MemberData(nameof(Tables))]
    public async Task A_captured_topic_ends_as_its_table_has_ended(string topic, string id, string key, string value, int partitions, string before)
    {
        var table = new CapturedTable(topic, id, key, value);
        using var target = await Topic.CreateAsync(partitions);
        target.Write(table.Records());
        Pipeline(target, table, before);
        var summary = await _work.RunOnceAsync();
        Assert.Equal((0, 0, 0), (summary.GetProperty("dead_letters").GetInt32(), summary.GetProperty("late").GetInt32(), summary.GetProperty("degraded").GetInt32()));
        await CheckAsync(table);
        Assert.Equal(target.Ends(partitions), target.Committed(partitions));
        Assert.Equal(0, (await _work.RunOnceAsync()).GetProperty("events").GetInt32());
    }

    [ServiceTheory(Topic.Need, CapturedTable.Need)]
    [InlineData("postgres/pgparts/pgparts.shop.accounts_full", 3, "full")]
    [InlineData("postgres/pgparts/pgparts.shop.accounts_full", 3, "stored")]
    public async Task A_value_that_is_the_text_null_is_a_tombstone(string topic, int partitions, string before)
    {
        var table = new CapturedTable(topic, "id", "owner string", "balance decimal(10,2)");
        using var target = await Topic.CreateAsync(partitions);
        target.Write(table.Records().Select(r => r with { Value = r.Value ?? "null" }));
        Pipeline(target, table, before);
        Assert.Equal(0, (await _work.RunOnceAsync()).GetProperty("dead_letters").GetInt32());
        await CheckAsync(table);
    }

    [ServiceTheory(Topic.Need, CapturedTable.Need)]
    [InlineData("stored")]
    [InlineData("full")]
    public async Task A_block_that_a_connector_sends_again_is_left_out_whatever_columns_of_the_record_are_read(string before)
    {
        var table = new CapturedTable("postgres/pgparts/pgparts.shop.accounts_full", "id", "owner string", "balance decimal(10,2)");
        using var target = await Topic.CreateAsync(partitions: 3);
        var records = table.Records();
        target.Write(records);
        // The last change of each partition comes again: its position is not below the highest.
        var again = records.Where(r => r.Value is not null).GroupBy(r => r.Partition).Select(p => p.Last()).ToArray();
        target.Write(again);
        Pipeline(target, table, before, more: ", `offset`, headers");
        var summary = await _work.RunOnceAsync();
        Assert.Equal((again.Length, 0), (summary.GetProperty("duplicates").GetInt32(), summary.GetProperty("degraded").GetInt32()));
        await CheckAsync(table);
    }

    [ServiceTheory(Topic.Need, CapturedTable.Need)]
    [InlineData(3, "stored", "its rows come in several partitions of a topic")]
    [InlineData(1, "full", "truncated")]
    public async Task A_truncate_that_cannot_be_followed_stops_the_pipeline_and_no_number_has_changed(int partitions, string before, string reason)
    {
        var table = new CapturedTable("postgres/pg/pg.shop.staging_a", "id", "v string", "id bigint");
        var records = table.Records();
        var truncate = Array.FindIndex(records, r => r.Value?.Contains("\"op\":\"t\"", StringComparison.Ordinal) == true);
        using var target = await Topic.CreateAsync(partitions);
        target.Write(records[..truncate]);
        Pipeline(target, table, before);
        await _work.RunOnceAsync();
        var rows = _work.Written();
        target.Write(records[truncate..]);
        for (var run = 0; run < 2; run++)
        {
            var stopped = await _work.RunAsync("run", "pipeline.yaml", "--once");
            Assert.NotEqual(0, stopped.Code);
            Assert.Contains($"{target.Name}/0:{truncate}: ", stopped.Errors, StringComparison.Ordinal);
            Assert.Contains(reason, stopped.Errors, StringComparison.Ordinal);
            Assert.Equal(rows, _work.Written());
        }
    }

    [ServiceTheory(Topic.Need, CapturedTable.Need)]
    [InlineData("postgres/pgparts/pgparts.shop.accounts_full", "id", "owner string", "balance decimal(10,2)", "full")]
    [InlineData("postgres/pgparts/pgparts.shop.orders", "order_id", "customer_id bigint", "amount decimal(12,2)", "stored")]
    public async Task Killed_again_and_again_it_ends_as_the_table_has_ended(string topic, string id, string key, string value, string before)
    {
        var table = new CapturedTable(topic, id, key, value);
        using var target = await Topic.CreateAsync(partitions: 3);
        Pipeline(target, table, before, rest: "orchestration: {checkpoint_interval: 20ms, max_records: 3}");
        foreach (var part in table.Records().Chunk(6))
        {
            using var run = _work.Start("run", "pipeline.yaml", "--port", "0");
            await run.ReadErrorsToAsync("listening on");
            var written = _work.Written().Length;
            target.Write(part);
            if (part.Any(r => r.Value is not null)) await Topic.UntilAsync(() => _work.Written().Length > written);
            await run.KillAsync();
        }
        await _work.RunOnceAsync();
        await CheckAsync(table);
        Assert.Equal(target.Ends(3), target.Committed(3));
    }

    /// <summary>The features and the sink's rows agree with the table.</summary>
    private async Task CheckAsync(CapturedTable table)
    {
        var final = table.Final();
        Assert.Equal(final, table.Rows(_work.Written().Select(Workplace.Json)));
        foreach (var rows in final.Values.Where(r => r.Key.Length > 0).GroupBy(r => r.Key))
        {
            var got = await _work.RunAsync("features", "get", "totals", $"{table.KeyName}={rows.Key}", "--json");
            Assert.True(got.Code == 0, got.Errors);
            var features = Workplace.Json(got.Output).GetProperty("features");
            Assert.Equal(rows.Count(), features.GetProperty("n_lifetime").GetInt32());
            Assert.Equal(rows.Any(r => r.Value is not null) ? rows.Sum(r => r.Value) : null, CapturedTable.Number(features.GetProperty("total_lifetime")));
        }
    }

    /// <param name="more">Further columns of the rows.</param>
    /// <param name="rest">Further sections.</param>
    private void Pipeline(Topic topic, CapturedTable table, string before, string more = "", string rest = "")
    {
        var columns = ((string[])[table.Id + " bigint", table.Key, table.Value]).Select(c => c.Split(' ')).DistinctBy(c => c[0]).ToArray();
        var schema = string.Join(", ", columns.Select(c => $"{{name: {c[0]}, type: \"{c[1]}\"}}"));
        File.WriteAllText(_work.PathOf("pipeline.yaml"), $$$"""
            metadata: {name: changes}
            sources:
              changes:
                type: kafka
                connection: "{{{topic.Brokers}}}"
                topic: {{{topic.Name}}}
                consumer_group: {{{topic.Group}}}
                format: debezium-json
                before: {{{before}}}
                schema: [{{{schema}}}]
            transformations:
              - {name: rows, type: sql_transform, input: changes, sql: "SELECT {{{string.Join(", ", columns.Select(c => c[0]))}}}, TIMESTAMP '2024-01-01 00:00:00' AS at{{{more}}} FROM {{ input }}"}
            features:
              - view: totals
                input: rows
                entity: [{{{table.KeyName}}}]
                event_time: at
                clock: event
                windows: [lifetime]
                aggregates: [{name: n, function: count}, {name: total, function: sum, of: {{{table.ValueName}}}}]
            sinks:
              rows: {type: files, input: rows, path: out}
            {{{rest}}}
            """);
    }
}
