using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Definitions;

public sealed class FieldTests
{
    private const string View = """
        features:
          - view: v
            input: s
            entity: [user_id]
            windows: [1h]
            aggregates:
              - {name: n, function: count}

        """;

    [Theory]
    [InlineData("widgets: 1", "unknown field 'widgets' in the pipeline; known: apiVersion, kind, metadata, catalog, storage, sources, transformations, features, services, sinks, tests, orchestration")]
    [InlineData("sink: {}", "unknown field 'sink'; did you mean 'sinks'?")]
    [InlineData("kind: Job", "unknown kind 'Job'; known: Pipeline, DataPipeline")]
    [InlineData("orchestration: {paralelism: 2}", "unknown field 'paralelism'; did you mean 'parallelism'?")]
    [InlineData("orchestration: {parallelism: two}", "'parallelism' must be an integer from 1 to 1024, not 'two'")]
    [InlineData("orchestration: {parallelism: [2]}", "'parallelism' must be a single value, not a list")]
    [InlineData("orchestration: {max_records: -1}", "'max_records' must be an integer from 1 to 2147483647, not '-1'")]
    [InlineData("orchestration: {checkpoint_interval: 0s}", "'checkpoint_interval' must be longer than 0, such as 30s")]
    [InlineData("orchestration: {checkpoint_interval: -5s}", "'checkpoint_interval' must be a duration: an integer and us, ms, s, m, h or d, such as 30s, not '-5s'")]
    [InlineData("orchestration: {checkpoint_interval: 4000000d}", "'checkpoint_interval' must not be longer than 3652059d, about 9,999 years")]
    [InlineData("orchestration: [1]", "the 'orchestration' of the pipeline must be a mapping of fields, not a list")]
    [InlineData("orchestration: {engine: orleans}", "unknown engine 'orleans'; known: auto, embedded, flink, cluster")]
    [InlineData("transformations: {}", "'transformations' must be a list, not a mapping")]
    [InlineData("transformations: [lines]", "the transformation must be a mapping of fields, not a single value")]
    [InlineData("transformations: [{name: t, type: sql_transform, input: s, sql: SELECT 1, expect: [{within: 1%}]}]", "an expectation needs a condition, such as must: \"amount IS NOT NULL\" or should: \"amount < 1000\"", "'within' belongs")]
    [InlineData("transformations: [{name: t, type: sql_transform, input: s, sql: SELECT 1, expect: [{must: a, should: b}]}]", "an expectation has either 'must' or 'should'; write one item for each")]
    [InlineData("transformations: [{name: t, type: sql_transform, input: s, sql: SELECT 1, expect: [{should: a, within: 101%}]}]", "'within' must be a share from 0 to 1, or 0% to 100%, not '101%'")]
    [InlineData("transformations: [{name: a/b, type: sql_transform, input: s, sql: SELECT 1}]", "'a/b' cannot name a transformation; use up to 128 letters, digits, _, - and ., the first a letter, a digit or _")]
    [InlineData("services: [{name: x}]", "the service needs 'features', such as features: [\"customer_activity:*\"]")]
    [InlineData("services: [{name: x, features: []}]", "'features' must name at least one, such as customer_activity:*")]
    [InlineData("sinks: {x: {type: files, input: s}}", "the sink 'x' needs 'path', such as path: out/lines")]
    [InlineData("sinks: {x: {type: files, input: s, path: s3://b/x}}", "the storage 's3' is not supported yet; use a path of this machine")]
    [InlineData("sinks: {x: {type: files, input: s, path: x, format: jsn}}", "unknown format 'jsn'; did you mean 'json'?")]
    [InlineData("sinks: {x: {type: files, input: s, path: x, table: a.b}}", "'table' belongs to a sink of type iceberg; remove it here")]
    [InlineData("sinks: {x: {type: iceberg, input: s}}", "the sink 'x' needs 'table', such as table: retail.order_lines")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: lines}}", "the table 'lines' needs a namespace before its name, such as retail.lines")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a..b}}", "the table 'a..b' has an empty part; write for example retail.order_lines")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: \"../etc.b\"}}", "the table '../etc.b' has an empty part; write for example retail.order_lines")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: \"a/x.b\"}}", "'a/x' cannot be part of a table's name; use up to 128 letters a-z and A-Z, digits, _ and -, the first a letter, a digit or _")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: \"a.größe\"}}", "'größe' cannot be part of a table's name; use up to 128 letters a-z and A-Z, digits, _ and -, the first a letter, a digit or _")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, file_format: orc}}", "the file format 'orc' is not supported yet; use parquet or avro")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, file_format: parket}}", "unknown file format 'parket'; did you mean 'parquet'?")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, commit_interval: 0s}}", "'commit_interval' must be longer than 0, such as 30s")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, partition_by: day(t)}}", "'partition_by' must be a list, not a single value")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, mode: upsert, key: [a]}}", "the mode 'upsert' is not supported yet; use append")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, key: [a]}}", "'key', which belongs to mode: upsert, is not supported yet; remove it")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, path: x}}", "'path' belongs to a sink of type files; a table's place is its name under the warehouse")]
    [InlineData("sinks: {x: {type: iceberg, input: s, table: a.b, partition: [a]}}", "unknown field 'partition'; did you mean 'partition_by'?")]
    [InlineData("storage: {warehouse: lake, path_style: maybe}", "'path_style' must be true or false, not 'maybe'", "object storage")]
    [InlineData("catalog: {type: hive}", "unknown catalog type 'hive'; known: rest")]
    public void A_wrong_field_is_a_fault_that_says_what_would_be_right(string addition, string sentence, string? other = null)
    {
        var faults = TestFiles.FaultsOf(addition);
        Assert.Contains(faults, f => f.EndsWith(": " + sentence, StringComparison.Ordinal));
        Assert.All(faults, f => Assert.True(f.EndsWith(": " + sentence, StringComparison.Ordinal) || (other is not null && f.Contains(other, StringComparison.Ordinal)), f));
    }

    [Theory]
    [InlineData("{type: files, path: a.csv}", "3:6: the source 's' needs 'format', such as format: csv")]
    [InlineData("{path: a.csv, format: csv}", "needs 'type', such as type: files")]
    [InlineData("{type: fils}", "unknown source type 'fils'; did you mean 'files'?")]
    [InlineData("{type: clickstream, users: 0}", "'users' must be an integer from 1 to 2147483647, not '0'")]
    [InlineData("{type: clickstream, events: 1.5}", "'events' must be an integer of at least 1, not '1.5'")]
    [InlineData("{type: clickstream, seed: x}", "'seed' must be an integer, not 'x'")]
    [InlineData("{type: clickstream, rate: .inf}", "'rate' must be a number above 0, not '.inf'")]
    [InlineData("{type: clickstream, before: full}", "'before' belongs to a changelog")]
    [InlineData("{type: files, path: a, format: csv, schema: manual}", "'schema' must be auto or a list of columns")]
    [InlineData("{type: files, path: a, format: csv, schema: []}", "'schema' lists no columns")]
    [InlineData("{type: files, path: a, format: csv, schema: [{name: a, type: strin}]}", "unknown type 'strin'; did you mean 'string'?")]
    [InlineData("{type: files, path: a, format: csv, schema: [{name: a, type: bigint, unit: ms}]}", "'unit' belongs to a timestamp that is given as an integer, not to a bigint")]
    [InlineData("{type: files, path: a, format: csv, on_error: ignore}", "unknown value for on_error 'ignore'; known: dead_letter, fail")]
    [InlineData("{type: files, path: a, format: csv, timezone: Mars/Base}", "unknown time zone 'Mars/Base'; use a name of the IANA database")]
    [InlineData("{type: files, path: a, format: csv, watermark: {lateness: 1s}}", "unknown field 'lateness' in the 'watermark' of the source 's'")]
    public void A_wrong_source_is_a_fault(string source, string part)
    {
        var fault = Assert.Single(TestFiles.Parse(TestFiles.Head(source)).Faults, f => !f.Sentence.Contains("keeps nothing", StringComparison.Ordinal));
        Assert.Contains(part, $"{fault.Line}:{fault.Column + 3}: {fault.Sentence}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{type: postgres, anything: x}")]
    [InlineData("{type: http}")]
    [InlineData("{type: files, path: a, format: debezium-avro}")]
    [InlineData("{type: files, path: a, format: debezium-avro, key: [id], before: stored}")]
    [InlineData("{type: files, path: \"s3://bucket/a\", format: csv}")]
    public void A_source_of_the_contract_that_is_not_built_is_not_supported_yet(string source) =>
        Assert.Contains("is not supported yet", Assert.Single(TestFiles.Parse(TestFiles.Head(source)).Faults).Sentence, StringComparison.Ordinal);

    [Theory]
    [InlineData("variance, of: a")]
    [InlineData("stddev, of: a")]
    [InlineData("last_n, of: a, n: 5")]
    [InlineData("distinct, of: a, exact_up_to: 10")]
    [InlineData("quantile, of: a, q: 0.95")]
    [InlineData("quantile, of: a, q: 1, relative_error: 0.001")]
    [InlineData("top_k, of: a, k: 3")]
    [InlineData("histogram, of: a, bounds: [-1.5, 0, 1e3]")]
    [InlineData("ratio, of: a > 3")]
    [InlineData("ratio, numerator: a, where: b")]
    [InlineData("ratio, numerator: a, denominator: b > 2")]
    public void An_aggregate_with_what_belongs_to_it_is_read(string function) => Assert.Empty(Faults(function));

    [Theory]
    [InlineData("quantile, of: a", "7:16: the aggregate 'n' needs 'q', such as q: 0.95")]
    [InlineData("quantile, of: a, q: 1.5", "7:49: 'q' must be a share from 0 to 1, or 0% to 100%, not '1.5'")]
    [InlineData("quantile, of: a, q: 0.5, relative_error: 1", "7:70: 'relative_error' must be a number from 0.000001 to below 1, such as 0.01, not '1'")]
    [InlineData("quantile, of: a, q: 0.5, relative_error: 0", "7:70: 'relative_error' must be a number from 0.000001 to below 1, such as 0.01, not '0'")]
    [InlineData("last_n, of: a", "7:16: the aggregate 'n' needs 'n', such as n: 5")]
    [InlineData("last_n, of: a, n: 0", "7:47: 'n' must be an integer from 1 to 1000, not '0'")]
    [InlineData("top_k, of: a, k: 1001", "7:46: 'k' must be an integer from 1 to 1000, not '1001'")]
    [InlineData("top_k, of: a, n: 3", "7:16: the aggregate 'n' needs 'k', such as k: 3|7:43: 'n' belongs to last_n, not to top_k; remove it")]
    [InlineData("histogram, of: a", "7:16: the aggregate 'n' needs 'bounds', such as bounds: [10, 100, 1000]")]
    [InlineData("histogram, of: a, bounds: []", "7:55: 'bounds' must have from 1 to 1000 numbers, such as [10, 100, 1000]")]
    [InlineData("histogram, of: a, bounds: 5", "7:55: 'bounds' must be a list, not a single value")]
    [InlineData("histogram, of: a, bounds: [1, x]", "7:59: a bound must be a number, not 'x'")]
    [InlineData("histogram, of: a, bounds: [1, 2.0, 2]", "7:64: the bound 2 is not above the one before it; bounds must ascend")]
    [InlineData("ratio", "7:16: the aggregate 'n' needs 'numerator', such as numerator: amount, or 'of', the condition whose share is wanted, such as of: cancelled")]
    [InlineData("ratio, of: a, denominator: b", "7:43: 'denominator' of a ratio does not go with 'of', which is a condition whose share is wanted; remove one of them")]
    [InlineData("variance", "7:16: the aggregate 'n' needs 'of', such as of: amount")]
    [InlineData("sum, of: a, q: 0.5", "7:41: 'q' belongs to quantile, not to sum; remove it")]
    [InlineData("median, of: a, n: 3", "7:29: unknown aggregate function 'median'; known: count, sum, avg, min, max, variance, stddev, first, last, last_n, distinct, quantile, top_k, histogram, ratio")]
    public void A_parameter_that_is_missing_or_wrong_is_a_fault_at_its_place(string function, string faults) => Assert.Equal(faults.Split('|'), Faults(function));

    private static IEnumerable<string> Faults(string function) =>
        TestFiles.FaultsOf(View.Replace("{name: n, function: count}", $"{{name: n, function: {function}}}", StringComparison.Ordinal));

    [Theory]
    [InlineData("windows: [1h]", "windows: [1h, {session: 0s}]", "5:29: 'session' must be longer than 0, such as 30s")]
    [InlineData("windows: [1h]", "windows: [1h, {session: 30m, every: 5m}]", "5:34: 'every' belongs to a hopping window, not to session; remove it")]
    [InlineData("windows: [1h]", "windows: [1h, {hopping: 1h}]", "5:19: the window needs 'every', such as every: 5m")]
    [InlineData("windows: [1h]", "windows: [1h, {hopping: 1h, every: 2h}]", "5:40: 'every' must not be longer than the window, 1h: events between two windows would be in none")]
    [InlineData("windows: [1h]", "windows: [1h, {hopping: 1h, tumbling: 2h}]", "5:33: a window is either hopping or tumbling; write two windows")]
    [InlineData("windows: [1h]", "windows: [1h, {every: 2h}]", "5:19: a window must be a duration such as 1h for a sliding window, lifetime, {tumbling: 1d}, {hopping: 1h, every: 5m} or {session: 30m}")]
    [InlineData("windows: [1h]", "windows: [1h, {tumbling: 1h, every: 5m}]", "5:34: 'every' belongs to a hopping window, not to tumbling; remove it")]
    [InlineData("windows: [1h]", "windows: []", "5:14: 'windows' must hold at least one, such as 1h")]
    [InlineData("windows: [1h]", "windows: [0s]", "5:15: 'windows' must be longer than 0, such as 30s")]
    [InlineData("windows: [1h]", "windows:", "5:5: the view 'v' needs 'windows', such as windows: [1h, 1d, lifetime]")]
    [InlineData("entity: [user_id]", "entity: [user_id, user_id]", "4:23: the entity column 'user_id' is named twice; keep one of the two")]
    [InlineData("entity: [user_id]", "entity: [{name: user_id, type: map}]", "4:36: a key cannot be of type map; use a scalar such as bigint or string")]
    [InlineData("entity: [user_id]", "entity: []", "4:13: 'entity' must name at least one column, such as [customer_id]")]
    [InlineData("entity: [user_id]", "entity: [user_id]\n    ttl: 0d", "5:10: 'ttl' must be longer than 0, such as 30s")]
    [InlineData("entity: [user_id]", "entity: [user_id]\n    exact: yes", "5:12: 'exact' must be true or false, not 'yes'")]
    [InlineData("function: count", "function: count, where: [a]", "7:43: 'where' must be a single value, not a list")]
    [InlineData("function: count", "function: distinct, of: a, exact_up_to: 0", "7:59: 'exact_up_to' must be an integer of at least 1, not '0'")]
    [InlineData("function: count", "function: min", "7:16: the aggregate 'n' needs 'of', such as of: amount")]
    [InlineData("{name: n, function: count}", "{name: n, function: count}\n      - {name: n, function: sum, of: a}", "8:16: the aggregate 'n' is already defined at line 10; give this one another name")]
    [InlineData("{name: n, function: count}", "{name: n, function: count}\n    derived: [{name: n_1h, expression: \"1\"}]", "8:22: the feature 'n_1h' is already defined at line 10; rename one of the two (aggregates are named with their window, as in spend_1d)")]
    public void A_wrong_view_is_a_fault_at_its_place(string from, string to, string fault) =>
        Assert.Equal([fault], TestFiles.FaultsOf(View.Replace(from, to, StringComparison.Ordinal)));

    [Fact]
    public void Feature_names_that_come_about_in_two_ways_are_duplicates()
    {
        var text = View.Replace("[1h]", "[1h, {tumbling: 1h}]", StringComparison.Ordinal)
            .Replace("{name: n, function: count}", "{name: n, function: count}\n      - {name: n_tumbling, function: count}", StringComparison.Ordinal);
        Assert.StartsWith("8:16: the feature 'n_tumbling_1h' is already defined at line 10", Assert.Single(TestFiles.FaultsOf(text)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_pipeline_becomes_records()
    {
        var result = TestFiles.Parse("""
            apiVersion: v1
            kind: DataPipeline
            metadata: {name: shop, version: 2.10, owner: us, description: d, labels: {team: a}, tags: [x, y]}
            storage: {warehouse: lake}
            sources:
              orders:
                type: files
                path: data/*.csv
                format: csv
                schema:
                  - {name: amount, type: "decimal(10,3)"}
                  - {name: at, type: timestamp, unit: ns}
                event_time: at
                timezone: Europe/London
                watermark: {out_of_orderness: 0s, idle_timeout: 1m, allowed_lateness: 2h, max_future: 1d}
                on_error: fail
              clicks: {type: clickstream, late: 5%, rate: 10.5, events: 7, catch_up: 10s}
            transformations:
              - {name: lines, type: sql_transform, input: orders, sql: "SELECT * FROM {{ input }}", expect: [{must: a}, {should: b, within: 1%}]}
            features:
              - view: v
                input: lines
                entity: [id, {name: day, type: date}]
                event_time: at
                windows: [90m, {tumbling: 1d}, lifetime]
                resolution: 5m
                exact: false
                aggregates: [{name: n, function: count, where: x}, {name: d, function: distinct, of: y, exact_up_to: 5, description: e}]
                derived: [{name: r, expression: n_lifetime}]
                clock: wall
                ttl: 90d
                freshness: 5s
            services: [{name: s, features: ["v:*", "v:d_90m"]}]
            sinks: {out: {type: files, input: lines, path: ../out, format: json, mode: append}}
            tests:
              - {name: t, source: orders, given: [{a: 1.50, b: "1", c: ~, d: [0x1F, true, +.5], e: {f: 2011-01-01}}], at: 2011-01-01T01:00:00+01:00, view: v, key: {id: 5, day: 2011-01-01}, expect: {n_90m: 007, r: null, d_90m: "x"}}
            orchestration: {engine: flink, checkpoint_interval: 5s, parallelism: 3, idle_timeout: 1s, max_records: 5}
            """);
        Assert.Empty(result.Faults);
        Assert.Empty(result.Broken);
        Assert.Contains("flink", Assert.Single(result.Notices).Sentence, StringComparison.Ordinal);
        var p = result.Definition!;
        Assert.Equal(("shop", "2.10", "us", "d", "/base/lake"), (p.Name, p.Version, p.Owner, p.Description, p.Warehouse));
        var orders = p.Sources[0];
        Assert.Equal(new FilesSourceOptions("/base/data/*.csv", "csv"), orders.Options);
        Assert.Equal([("amount", DataType.Decimal(10, 3), 0L), ("at", DataType.Timestamp, -1000L)], orders.Schema!.Value.Select(f => (f.Name, f.Type, f.Unit)));
        Assert.Equal(("at", "Europe/London", OnError.Fail), (orders.EventTime!.Value, orders.TimeZone.Id, orders.OnError));
        Assert.Equal(new WatermarkDefinition(0, EventTime.Minute, 2 * EventTime.Hour, EventTime.Day), orders.Watermark);
        Assert.Equal(new ClickstreamSourceOptions(10.5, 7, 1000, 500, 1, 0.05) { CatchUp = 10 * EventTime.Second }, p.Sources[1].Options);
        Assert.Equal(("event_time", WatermarkDefinition.Default), (p.Sources[1].EventTime!.Value, p.Sources[1].Watermark));
        Assert.Equal([(true, "a", 0), (false, "b", 0.01)], p.Transformations[0].Expectations.Select(e => (e.Must, e.Condition.Value, e.Within)));
        var view = p.Views[0];
        Assert.Equal([("id", null), ("day", DataType.Date)], view.Entity.Select(e => (e.Name, e.Type)));
        Assert.Equal(["n_90m", "n_tumbling_1d", "n_lifetime", "d_90m", "d_tumbling_1d", "d_lifetime", "r"], view.FeatureNames);
        Assert.Equal((5 * EventTime.Minute, 90 * EventTime.Day, 5 * EventTime.Second, ViewClock.Wall), (view.Resolution, view.Ttl, view.Freshness, view.Clock));
        Assert.Equal(("distinct", "y", 5L, "e"), (view.Aggregates[1].Function.Value, view.Aggregates[1].Of!.Value, view.Aggregates[1].ExactUpTo, view.Aggregates[1].Description));
        Assert.Equal(["v:*", "v:d_90m"], p.Services[0].Features.Select(f => f.Value));
        Assert.Equal(("out", "files", "lines", "/out"), (p.Sinks[0].Name, p.Sinks[0].Options.Type, p.Sinks[0].Input.Value, p.Sinks[0].Options.Target));
        var test = p.Tests[0];
        Assert.Equal(["{\"a\":1.50,\"b\":\"1\",\"c\":null,\"d\":[31,true,0.5],\"e\":{\"f\":\"2011-01-01\"}}"], test.Given.AsEnumerable());
        Assert.Equal(("t", "orders", "2011-01-01T00:00:00Z"), (test.Name, test.Source, EventTime.Format(test.At!.Value)));
        Assert.Equal([KeyValuePair.Create("id", "5"), KeyValuePair.Create("day", "2011-01-01")], test.Key.AsEnumerable());
        Assert.Equal([("n_90m", "7"), ("r", null), ("d_90m", "x")], test.Expect.Select(e => (e.Key.Value, e.Value)));
        Assert.Equal(new OrchestrationDefinition("flink", 5 * EventTime.Second, 3, EventTime.Second, 5), p.Orchestration);
    }

    [Fact]
    public void A_source_with_a_declared_schema_stays_resolvable_when_its_own_part_is_not_read()
    {
        var result = TestFiles.Parse(TestFiles.Head("{type: files, path: \"${MISSING}\", format: csv, schema: [{name: a, type: int}]}") + "sinks: {o: {type: files, input: s, path: o}}");
        Assert.Single(result.Faults);
        Assert.Empty(result.Broken);
        Assert.IsType<UnreadableSourceOptions>(result.Definition!.Sources[0].Options);
    }

    [Fact]
    public void Metadata_and_sources_must_be_there() => Assert.Equal(
        ["1:1: the pipeline needs 'metadata', such as metadata: {name: retail}",
         "1:1: the pipeline needs 'sources', such as sources: {orders: {type: files, path: orders.csv, format: csv}}"],
        TestFiles.Faults("kind: Pipeline\n"));

    [Fact]
    public void A_flink_sql_job_file_is_not_supported_yet() =>
        Assert.Equal("job.sql:1:1: a Flink SQL job file is not supported yet; write the pipeline as YAML", Assert.Single(PipelineFile.Parse("CREATE TABLE x", "job.sql", "/base", _ => null).Faults).ToString());
}
