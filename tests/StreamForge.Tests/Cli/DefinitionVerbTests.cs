using System.Text.Json.Nodes;

namespace StreamForge.Tests.Cli;

/// <summary>Verbs that look at a pipeline file and write nothing: validate, explain, preview, test.</summary>
public sealed class DefinitionVerbTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose()
    {
        Assert.False(Directory.Exists(_shop["streamforge-data"]));
        _shop.Dispose();
    }

    private const string Bad = """
        metadata: {name: bad}
        sources:
          orders: {type: files, path: "${ORDERS_FILE}", format: csv, event_time: at, watermrk: {}}
          more: {type: files, path: orders.csv, format: csv, event_time: at}
        transformations:
          - {name: paid, type: sql_transform, input: more, sql: "SELECT customr, amount FROM {{ input }}"}
          - {name: a, type: sql_transform, input: b, sql: "SELECT * FROM {{ input }}"}
          - {name: b, type: sql_transform, input: a, sql: "SELECT * FROM {{ input }}"}
        features:
          - {view: v, input: more, entity: [custmer], windows: [1h], aggregates: [{name: n, function: cuont}]}
        """;

    [Fact]
    public async Task Preview_shows_the_beginning_of_long_values_in_tables_and_all_of_them_in_json()
    {
        // The 79th and 80th units are one character, which is not cut in two.
        var note = new string('x', 78) + "\U0001F600" + new string('y', 10);
        _shop.Write("orders.csv", $"order_id,customer,amount,note,at\no1,7,10.50,{note},2024-01-01T10:00:00Z\n");
        var table = await _shop.RunAsync("preview", "shop.yaml", "--input", "orders");
        Assert.Contains(new string('x', 78) + "… ", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("y", table.Output[table.Output.IndexOf("xx", StringComparison.Ordinal)..].Split('\n')[0], StringComparison.Ordinal);
        var json = await _shop.RunAsync("preview", "shop.yaml", "--input", "orders", "--json");
        Assert.Contains(new string('y', 10), json.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_prints_every_fault_with_its_place_and_exits_2()
    {
        _shop.Write("bad.yaml", Bad);
        var result = await _shop.RunAsync("validate", "shop.yaml", "bad.yaml");
        Assert.Equal(2, result.Code);
        Assert.Equal("", result.Errors);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("shop.yaml: ok (1 source, 1 transformation, 1 view, 4 features, 1 service, 0 sinks, 0 tests)", lines[0]);
        Assert.Equal(
            [
                "bad.yaml:3:32: the variable ORDERS_FILE is not set; set it in the environment, or give a default: ${ORDERS_FILE:-default}",
                "bad.yaml:3:78: unknown field 'watermrk'; did you mean 'watermark'?",
                "bad.yaml:6:65: unknown column 'customr'; did you mean 'customer'?",
                "bad.yaml:7:43: transformations read each other in a cycle: a → b → a; let one of them read a source",
                "bad.yaml:10:37: unknown column 'custmer'; did you mean 'customer'?",
                "bad.yaml:10:95: unknown aggregate function 'cuont'; did you mean 'count'?",
            ],
            lines[1..]);
    }

    [Fact]
    public async Task Missing_variable_is_named()
    {
        _shop.Write("shop.yaml", ShopFolder.Pipeline.Replace("ORDERS:-orders.csv", "ORDERS", StringComparison.Ordinal));
        var missing = await _shop.RunAsync("run", "shop.yaml", "--once");
        Assert.Matches(@"^shop\.yaml:5:11: the variable ORDERS is not set; .+\n$", missing.Errors);
        Assert.Equal(("", 2), (missing.Output, missing.Code));
        var set = await _shop.RunWithAsync("ORDERS", "orders.csv", "validate", "shop.yaml");
        Assert.Equal(0, set.Code);
    }

    [Fact]
    public async Task Validate_as_json_is_a_list_of_places()
    {
        _shop.Write("bad.yaml", Bad);
        var result = await _shop.RunAsync("validate", "bad.yaml", "--json");
        var json = JsonNode.Parse(result.Output)!;
        Assert.Equal((int)json["total"]!, json["items"]!.AsArray().Count);
        Assert.Equal(("bad.yaml", 3, 32), ((string)json["items"]![0]!["file"]!, (int)json["items"]![0]!["line"]!, (int)json["items"]![0]!["column"]!));
        Assert.True(json.AsObject().ContainsKey("next"));
        Assert.Equal(2, result.Code);
    }

    [Fact]
    public async Task Text_that_is_no_yaml_is_a_fault_with_its_place()
    {
        _shop.Write("broken.yaml", "metadata: {name: x\nsources: [\n");
        var result = await _shop.RunAsync("run", "broken.yaml", "shop.yaml", "none.yaml");
        Assert.Equal(2, result.Code);
        Assert.Matches(@"^broken\.yaml:\d+:\d+: .+\nnone\.yaml: there is no such pipeline file\n$", result.Errors);
    }

    [Fact]
    public async Task Files_that_run_together_need_different_names()
    {
        _shop.Write("copy.yaml", ShopFolder.Pipeline);
        var result = await _shop.RunAsync("run", "shop.yaml", "copy.yaml", "--once");
        Assert.Equal(2, result.Code);
        Assert.Equal(3, result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("the view 'spending' is in shop.yaml too", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_names_the_columns_that_are_read_and_the_tiles_of_each_window()
    {
        var json = await _shop.JsonAsync("explain", "shop.yaml");
        Assert.Equal("""["customer","amount","at"]""", json["sources"]![0]!["columns_read"]!.ToJsonString());
        Assert.Equal("""["customer","amount"]""", json["transformations"]![0]!["columns_computed"]!.ToJsonString());
        var view = json["views"]![0]!;
        Assert.Equal(("1m", 61), ((string)view["windows"]![0]!["resolution"]!, (int)view["windows"]![0]!["tiles_most"]!));
        Assert.Equal(["orders_1h", "orders_lifetime", "spend_1h", "spend_lifetime"], view["features"]!.AsArray().Select(f => (string)f!["name"]!));
        var text = await _shop.RunAsync("explain", "shop.yaml");
        Assert.Contains("not read  order_id, note", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_what_a_sink_makes_of_its_table()
    {
        _shop.Write("lake.yaml", """
            metadata: {name: lake}
            storage: {warehouse: /lake}
            sources:
              orders: {type: files, path: orders.csv, format: csv, schema: [{name: customer, type: int}, {name: at, type: timestamptz}], event_time: at}
            features:
              - {view: counts, input: orders, entity: [customer], windows: [{tumbling: 1h}], aggregates: [{name: n, function: count}]}
            sinks:
              rows: {type: iceberg, input: orders, table: shop.orders, partition_by: [day(at), "bucket(4, customer)"], file_format: avro, commit_interval: 5m}
              hours: {type: iceberg, input: counts, table: shop.hours}
            """);
        var sinks = (await _shop.JsonAsync("explain", "lake.yaml"))["sinks"]!;
        Assert.Equal("""["rows","iceberg","orders",false,"shop.orders","/lake",["day(at)","bucket(4, customer)"],"avro","5m"]""", Told(sinks[0]!));
        Assert.Equal("""["hours","iceberg","counts",true,"shop.hours","/lake",[],"parquet",null]""", Told(sinks[1]!));
        Assert.Equal(["customer", "at", "_op", "_source_position", "_event_time", "_ingest_time"], sinks[0]!["schema"]!.AsArray().Select(f => (string)f!["name"]!));
        var text = (await _shop.RunAsync("explain", "lake.yaml")).Output;
        Assert.Contains("sink hours: iceberg, takes the closed windows of counts, appends to the table shop.hours", text, StringComparison.Ordinal);
        Assert.Contains("files     avro, partitioned by day(at), bucket(4, customer)", text, StringComparison.Ordinal);
        Assert.Contains("_op string, _source_position string, _event_time timestamptz, _ingest_time timestamptz", text, StringComparison.Ordinal);
        Assert.Contains("commits   at the checkpoint nearest to every 5m, and at the end", text, StringComparison.Ordinal);

        static string Told(JsonNode sink) => new JsonArray([.. Members.Select(m => sink[m]?.DeepClone())]).ToJsonString();
    }

    private static readonly string[] Members = ["name", "type", "input", "closed_windows", "table", "warehouse", "partition_by", "file_format", "commit_interval"];

    [Fact]
    public async Task Preview_shows_rows_after_each_step_dead_letters_and_features()
    {
        var result = await _shop.RunAsync("preview", "shop.yaml", "--json");
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToLookup(j => (string)j["step"]!);
        Assert.Equal(["o1", "o2", "o4", "o5"], lines["orders"].Select(l => (string)l["row"]!["order_id"]!));
        Assert.Equal(["a", "b", "d", "e"], lines["paid"].Select(l => (string)l["row"]!["note"]!));
        Assert.Equal("o3,7,oops,c,2024-01-01T10:40:00Z", ((string)Assert.Single(lines["dead_letters"])["raw"]!).TrimEnd());
        Assert.Equal(["7:16.75", "8:1.00"], lines["spending"].Select(l => $"{l["row"]!["customer"]}:{l["row"]!["spend_lifetime"]!.ToJsonString()}"));
        var one = await _shop.RunAsync("preview", "shop.yaml", "--input", "paid", "--limit", "1");
        Assert.Contains("o1", one.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("o2", one.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _shop.RunAsync("preview", "shop.yaml", "--input", "piad")).Code);
    }

    private const string Tests = """
        tests:
          - name: sums
            given: [{customer: 1, amount: 2.5, at: "2024-01-01T10:00:00Z"}, {customer: 1, amount: 1, at: "2030-01-01T10:00:00Z"}]
            view: spending
            key: {customer: 1}
            expect: {spend_1h: 1, spend_lifetime: 3.50, orders_lifetime: 2}
          - given: [{customer: 1, amount: -1, at: "2024-01-01T10:00:00Z"}]
            at: "2024-01-01T11:00:00Z"
            view: spending
            key: {customer: 1}
            expect: {spend_1h: null}
        """;

    [Fact]
    public async Task Tests_of_the_file_run_through_the_real_stages()
    {
        _shop.Write("tested.yaml", ShopFolder.Pipeline + Tests);
        var result = await _shop.RunAsync("test", "tested.yaml");
        Assert.Equal("ok     sums\nok     test 2\n2 passed, 0 failed\n", result.Output);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Failing_test_says_what_it_got_and_where_it_stands()
    {
        _shop.Write("tested.yaml", ShopFolder.Pipeline + Tests.Replace("3.50", "3.51", StringComparison.Ordinal));
        var result = await _shop.RunAsync("test", "tested.yaml");
        var line = (ShopFolder.Pipeline + Tests).Split('\n').Index().First(l => l.Item.Contains("3.50", StringComparison.Ordinal)).Index + 1;
        Assert.Equal(
            $"FAILED sums\n       tested.yaml:{line}:27: spend_lifetime: expected 3.51, got 3.50\nok     test 2\n1 passed, 1 failed\n", result.Output);
        Assert.Equal(1, result.Code);
        var json = JsonNode.Parse((await _shop.RunAsync("test", "tested.yaml", "--json")).Output)!;
        Assert.Equal((2, 1, "3.50"), ((int)json["total"]!, (int)json["failed"]!, (string)json["items"]![0]!["failures"]![0]!["got"]!));
    }

    [Fact]
    public async Task Test_that_gives_an_unknown_column_is_an_invalid_definition()
    {
        _shop.Write("tested.yaml", ShopFolder.Pipeline + Tests.Replace("amount: 2.5", "amuont: 2.5", StringComparison.Ordinal));
        var result = await _shop.RunAsync("validate", "tested.yaml");
        Assert.Contains("a given row has the column 'amuont', which the source orders has not; did you mean 'amount'?", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Code);
        Assert.Equal(2, (await _shop.RunAsync("test", "tested.yaml")).Code);
    }

    [Fact]
    public async Task File_without_tests_says_so()
    {
        var result = await _shop.RunAsync("test", "shop.yaml");
        Assert.Equal(("shop.yaml has no tests; its 'tests:' would hold them\n", 0), (result.Output, result.Code));
    }
}
