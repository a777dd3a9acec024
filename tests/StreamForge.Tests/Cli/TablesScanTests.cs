using System.Text.Json.Nodes;

namespace StreamForge.Tests.Cli;

/// <summary><c>tables scan</c> of the built program over a table of the shop's orders.</summary>
public sealed class TablesScanTests : IDisposable
{
    private const string Sink = """
        sinks:
          lake: {type: iceberg, input: paid, table: shop.orders, partition_by: [hour(at)]}

        """;

    private readonly ShopFolder _folder = new();

    public TablesScanTests() => _folder.Write("shop.yaml", ShopFolder.Pipeline + Sink);

    public void Dispose() => _folder.Dispose();

    private async Task<JsonNode[]> RowsAsync(params string[] arguments) => [.. Lines((await OkAsync(arguments)).Output).Select(line => JsonNode.Parse(line)!)];

    private async Task<Testing.Services.CliResult> OkAsync(params string[] arguments)
    {
        var result = await _folder.RunAsync(["tables", "scan", .. arguments]);
        Assert.True(result.Code == 0, result.Errors);
        return result;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Ids(IEnumerable<JsonNode> rows) => string.Join(' ', rows.Select(r => (string)r["order_id"]!).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Rows_are_json_lines_with_exact_decimals_and_times_by_name_folder_and_metadata_file()
    {
        await _folder.RunAsync("run", "shop.yaml", "--once");
        var folder = _folder["streamforge-data/warehouse/shop/orders"];
        var metadata = (string)(await _folder.JsonAsync("tables", "describe", "shop.orders"))["metadata_location"]!;
        foreach (var table in (string[])["shop.orders", folder, metadata, new Uri(metadata).LocalPath])
        {
            var rows = await RowsAsync(table);
            Assert.Equal("o1 o2 o4 o5", Ids(rows));
            var first = rows.Single(r => (string)r["order_id"]! == "o1");
            Assert.Equal(["order_id", "customer", "amount", "note", "at", "_op", "_source_position", "_event_time", "_ingest_time"], first.AsObject().Select(p => p.Key));
            Assert.Equal(("10.50", "\"2024-01-01T10:00:00Z\""), (first["amount"]!.ToJsonString(), first["at"]!.ToJsonString()));
        }
    }

    [Fact]
    public async Task A_condition_reads_only_the_files_that_may_hold_its_rows()
    {
        await _folder.RunAsync("run", "shop.yaml", "--once");
        var found = await OkAsync("shop.orders", "--where", "at >= TIMESTAMP '2024-01-01 12:00:00' AND amount < 3");
        Assert.Equal("o4", Ids(Lines(found.Output).Select(line => JsonNode.Parse(line)!)));
        Assert.Contains("shop.orders: read 1 of 2 files (", found.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RowsAsync("shop.orders", "--limit", "2")).Length);
        Assert.Empty(await RowsAsync("shop.orders", "--limit", "0"));
    }

    [Fact]
    public async Task Csv_quotes_what_needs_it_and_tells_null_from_empty()
    {
        _folder.Write("orders.csv", ShopFolder.Orders + "o6,7,1.00,\"say \"\"hi\"\", twice\",2024-01-01T12:00:00Z\no7,7,1.00,,2024-01-01T12:00:00Z\n");
        await _folder.RunAsync("run", "shop.yaml", "--once");
        var lines = (await OkAsync("shop.orders", "--where", "order_id IN ('o6', 'o7')", "--format", "csv")).Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("order_id,customer,amount,note,at,_op,_source_position,_event_time,_ingest_time", lines[0]);
        Assert.StartsWith("o6,7,1.00,\"say \"\"hi\"\", twice\",2024-01-01T12:00:00Z,c,", lines[1], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
        Assert.Matches("^o7,7,1.00,(\"\")?,2024-01-01T12:00:00Z,c,", lines[2]);
    }

    [Fact]
    public async Task Older_snapshots_are_read_by_number_and_by_time()
    {
        await _folder.RunAsync("run", "shop.yaml", "--once");
        _folder.Write("orders.csv", ShopFolder.Orders + "o6,7,1.00,f,2024-01-01T12:00:00Z\n");
        await _folder.RunAsync("run", "shop.yaml", "--once");
        var snapshots = (await _folder.JsonAsync("tables", "snapshots", "shop.orders"))["items"]!.AsArray();
        var first = snapshots[^1]!;
        Assert.Equal("o1 o2 o4 o5 o6", Ids(await RowsAsync("shop.orders")));
        Assert.Equal("o1 o2 o4 o5", Ids(await RowsAsync("shop.orders", "--snapshot", $"{(long)first["snapshot_id"]!}")));
        Assert.Equal("o1 o2 o4 o5", Ids(await RowsAsync("shop.orders", "--as-of", (string)first["timestamp"]!)));
    }

    [Theory]
    [InlineData("shop.order", 1, "there is no table 'shop.order' in .*; did you mean 'shop.orders'\\?")]
    [InlineData("shop.orders --where amont>1", 2, "the filter at 1:1: unknown column 'amont'; did you mean 'amount'\\?")]
    [InlineData("shop.orders --where amount", 2, "the filter is decimal\\(10,2\\); a boolean expression is wanted")]
    [InlineData("shop.orders --snapshot 1", 1, "keeps no snapshot 1; its newest is [0-9]+ of ")]
    [InlineData("shop.orders --as-of 2001-01-01T00:00:00Z", 1, "has no snapshot as of 2001-01-01T00:00:00Z: the earliest that is kept is of ")]
    [InlineData("shop.orders --snapshot 1 --as-of 2001-01-01T00:00:00Z", 2, "--snapshot and --as-of exclude each other")]
    [InlineData("shop.orders --json --format csv", 2, "--json and --format csv exclude each other")]
    [InlineData("shop.orders --format xml", 2, "--format takes json or csv, not 'xml'")]
    public async Task What_is_wrong_is_said_in_one_sentence(string arguments, int code, string sentence)
    {
        await _folder.RunAsync("run", "shop.yaml", "--once");
        var result = await _folder.RunAsync(["tables", "scan", .. arguments.Split(' ')]);
        Assert.Equal((code, ""), (result.Code, result.Output));
        Assert.Matches($"^streamforge: .*{sentence}.*\n$", result.Errors);
    }
}
