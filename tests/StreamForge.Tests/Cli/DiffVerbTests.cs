namespace StreamForge.Tests.Cli;

/// <summary><c>diff</c> and <c>apply</c> as programs see them: exit codes, sentences and JSON.</summary>
public sealed class DiffVerbTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    private void Change(string was, string now)
    {
        var changed = ShopFolder.Pipeline.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(ShopFolder.Pipeline, changed);
        _shop.Write("shop.yaml", changed);
    }

    [Fact]
    public async Task A_changed_definition_is_shown_then_applied_and_the_run_goes_on()
    {
        var fresh = await _shop.RunAsync("apply", "shop.yaml");
        Assert.Equal(0, fresh.Code);
        Assert.StartsWith("shop has no state in ", fresh.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await _shop.RunAsync("diff", "shop.yaml")).Code);
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var same = await _shop.RunAsync("diff", "shop.yaml");
        Assert.Equal(("shop: nothing differs from the definition that its state was made by\n", "", 0), (same.Output, same.Errors, same.Code));

        Change("function: sum, of: amount}", "function: sum, of: amount}, {name: top, function: max, of: amount}");
        var diff = await _shop.RunAsync("diff", "shop.yaml");
        Assert.Equal(("", 3), (diff.Errors, diff.Code));
        Assert.Equal(
            """
            shop: what becomes of the state of checkpoint 1

            part                       change  detail
            source orders              kept
            view spending              kept
            window spending.1h         kept
            window spending.lifetime   kept
            aggregate spending.orders  kept
            aggregate spending.spend   kept
            aggregate spending.top     new     counts since 2024-01-01T12:00:00.000001Z (orders/0 at orders.csv:199)

            """.ReplaceLineEndings("\n"), diff.Output);
        var refused = await _shop.RunAsync("run", "shop.yaml", "--once");
        Assert.Equal(2, refused.Code);
        Assert.Contains("./streamforge apply FILE", refused.Errors, StringComparison.Ordinal);
        var dry = await _shop.RunAsync("apply", "shop.yaml", "--dry-run");
        Assert.Equal(0, dry.Code);
        Assert.EndsWith("\nnothing was changed; without --dry-run it is applied\n", dry.Output, StringComparison.Ordinal);
        var applied = await _shop.JsonAsync("apply", "shop.yaml");
        Assert.Equal((true, true, 2, 0), ((bool)applied["applied"]!, (bool)applied["changed"]!, (int)applied["checkpoint"]!, (int)applied["refused"]!));
        Assert.Equal(
            """{"name":"top","change":"new","detail":null,"since":{"time":"2024-01-01T12:00:00.000001Z","whole_from":null,"positions":["orders/0 at orders.csv:199"]}}""",
            applied["views"]![0]!["aggregates"]![2]!.ToJsonString());

        _shop.Write("orders.csv", ShopFolder.Orders + "o6,7,3.00,f,2024-01-01T12:30:00Z\n");
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var features = (await _shop.JsonAsync("features", "get", "spending", "customer=7"))["features"]!;
        Assert.Equal(("3.00", "19.75"), (features["top_lifetime"]!.ToJsonString(), features["spend_lifetime"]!.ToJsonString()));
        var list = (await _shop.JsonAsync("features", "list"))["items"]![0]!["features"]!.AsArray();
        Assert.Equal("2024-01-01T13:01:00Z", (string)list.Single(f => (string)f!["name"]! == "top_1h")!["since"]!["whole_from"]!);
        Assert.Equal(0, (await _shop.RunAsync("diff", "shop.yaml")).Code);
        Assert.Contains("counts since 2024-01-01T12:00:00.000001Z (orders/0 at orders.csv:199)", (await _shop.RunAsync("features", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_needs_to_be_named()
    {
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        Change("function: sum, of: amount}", "function: sum, of: \"amount * 2\"}");
        var refused = await _shop.RunAsync("apply", "shop.yaml");
        Assert.Equal(2, refused.Code);
        Assert.Equal(
            "streamforge: shop: the aggregate spend of spending: it was 'sum of `amount` (sum.decimal(2) v1)' and is now 'sum of `amount` * 2 (sum.decimal(2) v1)'; --reset spending.spend lets it begin empty, or give it another name; nothing was changed\n",
            refused.Errors);
        Assert.Equal(0, (await _shop.RunAsync("apply", "shop.yaml", "--reset", "spending.spend")).Code);
        Assert.Equal("null", (await _shop.JsonAsync("features", "get", "spending", "customer=7"))["features"]!["spend_lifetime"]?.ToJsonString() ?? "null");

        Change("{name: orders, function: count}, ", "");
        var destroys = await _shop.RunAsync("apply", "shop.yaml", "--reset", "spending.spend");
        Assert.Equal(2, destroys.Code);
        Assert.EndsWith("the aggregate orders of spending is no longer in the file; its state goes with it; --forget spending.orders or --yes agrees to that; nothing was changed\n", destroys.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await _shop.RunAsync("apply", "shop.yaml", "--reset", "spending.spend", "--forget", "spending.orders")).Code);
    }

    [Theory]
    [InlineData("apply shop.yaml --reset spending.spent", 2, "streamforge: --reset spending.spent: nothing of that name is in the file; did you mean 'spending.spend'?")]
    [InlineData("apply shop.yaml --forget orders", 2, "streamforge: --forget orders: orders is still in the file; take it out, or name it with --reset")]
    [InlineData("apply shop.yaml --backfill spending", 2, "--backfill is not supported yet")]
    [InlineData("apply shop.yaml --reset", 2, "--reset needs a value: --reset NAME")]
    [InlineData("diff shop.yaml --url http://127.0.0.1:1", 2, "--url is not supported yet")]
    [InlineData("diff shop.yml", 2, "shop.yml:0:0: there is no such pipeline file")]
    public async Task Wrong_usage_is_one_sentence(string line, int code, string sentence)
    {
        Assert.Equal(0, (await _shop.RunAsync("run", "shop.yaml", "--once")).Code);
        var result = await _shop.RunAsync(line.Split(' '));
        Assert.Equal((code, ""), (result.Code, result.Output));
        Assert.StartsWith(sentence.Split(":0:0")[0], result.Errors, StringComparison.Ordinal);
    }
}
