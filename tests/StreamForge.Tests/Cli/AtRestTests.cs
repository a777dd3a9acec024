namespace StreamForge.Tests.Cli;

/// <summary>A data directory that the shop's pipeline has run in; the pipeline file is gone.</summary>
public sealed class RanShop : IAsyncLifetime
{
    internal ShopFolder Folder { get; } = new();

    public async Task InitializeAsync()
    {
        Assert.Equal(0, (await Folder.RunAsync("run", "shop.yaml", "--once")).Code);
        File.Delete(Folder["shop.yaml"]);
    }

    public Task DisposeAsync()
    {
        Folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The verbs that read a data directory at rest: features, late, dead-letters.</summary>
public sealed class AtRestTests(RanShop shop) : IClassFixture<RanShop>
{
    [Fact]
    public async Task Features_are_read_at_rest_by_value_with_status_for_every_feature()
    {
        var known = await shop.Folder.JsonAsync("features", "get", "spending", "customer=7.0");
        Assert.Equal("""{"customer":7}""", known["entity"]!.ToJsonString());
        Assert.Equal("""{"orders_1h":1,"orders_lifetime":3,"spend_1h":2.25,"spend_lifetime":16.75}""", known["features"]!.ToJsonString());
        Assert.Equal("2024-01-01T12:00:00.000001Z", (string)known["at"]!);
        var unknown = await shop.Folder.JsonAsync("features", "get", "spending", "customer=99");
        Assert.All(unknown["status"]!.AsObject(), s => Assert.Equal("NOT_FOUND", (string)s.Value!));
        var service = await shop.Folder.JsonAsync("features", "get", "spending", "customer=7", "--service", "totals", "--at", "2024-01-01T12:00:00Z");
        Assert.Equal("""{"spend_lifetime":14.50}""", service["features"]!.ToJsonString());
        var table = await shop.Folder.RunAsync("features", "get", "spending", "customer=7");
        Assert.Matches(@"(?m)^spend\s+2\.25\s+16\.75$", table.Output);
        var list = await shop.Folder.JsonAsync("features", "list");
        Assert.Equal((1, "spending"), ((int)list["total"]!, (string)list["items"]![0]!["name"]!));
    }

    [Theory]
    [InlineData("features get spendin customer=7", 1, "there is no view 'spendin'; did you mean 'spending'?")]
    [InlineData("features get spending custmer=7", 2, "the key lacks customer; it needs customer=<bigint>")]
    [InlineData("features get spending customer=x", 2, "customer=x is no bigint")]
    [InlineData("features get spending 7", 2, "'7' is no part of a key; write column=value")]
    [InlineData("features get spending customer=7 --service total", 1, "there is no service 'total'; did you mean 'totals'?")]
    [InlineData("features list spendin", 1, "there is no view 'spendin'; did you mean 'spending'?")]
    [InlineData("dead-letters show 2", 1, "there is no dead letter 2; there are 1")]
    [InlineData("dead-letters show 0", 2, "N is a number from 1, not '0'")]
    [InlineData("late list --source order", 1, "there is no source 'order' in this data directory; did you mean 'orders'?")]
    [InlineData("late list --data-dir nothing", 1, "nothing has run in the data directory ")]
    [InlineData("features get spending customer=7 --url http://127.0.0.1:1", 1, "cannot reach http://127.0.0.1:1: ")]
    public async Task What_is_not_there_is_one_sentence(string line, int code, string sentence)
    {
        var result = await shop.Folder.RunAsync(line.Split(' '));
        Assert.StartsWith($"streamforge: {sentence}", result.Errors, StringComparison.Ordinal);
        Assert.Equal(("", code), (result.Output, result.Code));
    }

    [Fact]
    public async Task Ledgers_list_what_did_not_count_and_totals_are_never_limited()
    {
        var late = await shop.Folder.JsonAsync("late", "list");
        var item = Assert.Single(late["items"]!.AsArray())!;
        Assert.Equal((1, "orders", 0, "2024-01-01T10:29:00Z"), ((int)late["total"]!, (string)item["source"]!, (int)item["partition"]!, (string)item["event_time"]!));
        Assert.Equal("""["spending.1h"]""", item["missed"]!.ToJsonString());
        Assert.Equal("2024-01-01T12:00:00Z", (string)item["watermark"]!);
        Assert.Equal("o5,7,4.00,e,2024-01-01T10:29:00Z", ((string)item["raw"]!).TrimEnd());
        var none = await shop.Folder.JsonAsync("dead-letters", "list", "--limit", "0", "--source", "orders", "--pipeline", "shop");
        Assert.Equal("""{"total":1,"items":[],"next":null}""", none.ToJsonString());
        var letter = (await shop.Folder.JsonAsync("dead-letters", "list"))["items"]![0]!;
        Assert.StartsWith("orders.csv:", (string)letter["position"]!, StringComparison.Ordinal);
        var shown = await shop.Folder.JsonAsync("dead-letters", "show", "1");
        Assert.Equal(letter.ToJsonString(), shown.ToJsonString());
        var text = await shop.Folder.RunAsync("dead-letters", "show", "1");
        Assert.EndsWith("o3,7,oops,c,2024-01-01T10:40:00Z\n", text.Output, StringComparison.Ordinal);
        var table = await shop.Folder.RunAsync("late", "list");
        Assert.EndsWith("1 late event\n", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_ledger_is_exported_as_json_lines_and_as_csv()
    {
        var json = await shop.Folder.RunAsync("late", "export", "--out", "late.jsonl");
        Assert.Equal(("1 late event written to late.jsonl\n", "", 0), (json.Output, json.Errors, json.Code));
        var item = (await shop.Folder.JsonAsync("late", "list"))["items"]![0]!;
        Assert.Equal(item.ToJsonString(), System.Text.Json.Nodes.JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(shop.Folder["late.jsonl"])))!.ToJsonString());
        var csv = await shop.Folder.RunAsync("late", "export", "--out", "late.csv", "--format", "csv", "--json");
        Assert.Equal(("""{"file":"late.csv","late":1}""" + "\n", 0), (csv.Output, csv.Code));
        var lines = (await File.ReadAllTextAsync(shop.Folder["late.csv"])).Split("\r\n");
        Assert.Equal("source,partition,position,event_time,watermark,missed,reason,raw", lines[0]);
        Assert.StartsWith($"orders,0,{(string)item["position"]!},2024-01-01T10:29:00Z,2024-01-01T12:00:00Z,spending.1h,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("\"o5,7,4.00,e,2024-01-01T10:29:00Z\"", lines[1], StringComparison.Ordinal);
        var missing = await shop.Folder.RunAsync("late", "export");
        Assert.Equal(("streamforge: streamforge late export needs --out FILE: where the events go\n", 2), (missing.Errors, missing.Code));
    }

    [Fact]
    public async Task Dead_letter_is_found_by_its_position()
    {
        var letter = (await shop.Folder.JsonAsync("dead-letters", "list"))["items"]![0]!;
        var shown = await shop.Folder.JsonAsync("dead-letters", "show", (string)letter["position"]!);
        Assert.Equal(letter.ToJsonString(), shown.ToJsonString());
        var none = await shop.Folder.RunAsync("dead-letters", "show", "orders.csv:1");
        Assert.Equal(("streamforge: there is no dead letter at 'orders.csv:1' among the 1; streamforge dead-letters list shows positions\n", 1), (none.Errors, none.Code));
    }
}
