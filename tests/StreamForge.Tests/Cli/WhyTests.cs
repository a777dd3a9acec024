namespace StreamForge.Tests.Cli;

/// <summary><c>features why</c>: the tiles and positions behind a number.</summary>
public sealed class WhyTests(RanShop shop) : IClassFixture<RanShop>
{
    [Fact]
    public async Task Tiles_of_a_feature_are_shown_with_their_rows_and_the_positions_behind_them()
    {
        var why = await shop.Folder.JsonAsync("features", "why", "spending", "customer=7", "--feature", "spend_lifetime");
        Assert.Equal(("spending", "spend_lifetime", "sum", "lifetime", 16.75m, "PRESENT"), (
            (string)why["view"]!, (string)why["feature"]!, (string)why["function"]!, (string)why["window"]!, (decimal)why["value"]!, (string)why["status"]!));
        var tiles = why["tiles"]!.AsArray();
        Assert.Equal(16.75m, tiles.Sum(t => (decimal)t!["value"]!));
        Assert.Equal(3, tiles.Sum(t => (int)t!["rows"]!));
        Assert.Null(why["since"]);
        var origin = why["origin"]!;
        var partition = Assert.Single(origin["partitions"]!.AsArray())!;
        Assert.Equal((1, "orders", 0, null), ((int)origin["checkpoint"]!, (string)partition["source"]!, (int)partition["partition"]!, (string?)partition["received"]));
        Assert.Equal($"orders.csv:{new FileInfo(shop.Folder["orders.csv"]).Length}", (string)partition["durable"]!);
        Assert.Equal("2024-01-01T12:00:00Z", (string)partition["watermark"]!);
    }

    [Fact]
    public async Task Moment_and_effective_interval_are_those_of_the_lookup()
    {
        var why = await shop.Folder.JsonAsync("features", "why", "spending", "customer=7", "--feature", "orders_1h", "--at", "2024-01-01T12:00:30Z");
        var got = await shop.Folder.JsonAsync("features", "get", "spending", "customer=7", "--at", "2024-01-01T12:00:30Z");
        Assert.Equal(got["effective"]!["1h"]!.ToJsonString(), why["effective"]!.ToJsonString());
        Assert.Equal((int)got["features"]!["orders_1h"]!, why["tiles"]!.AsArray().Sum(t => (int)t!["value"]!));
        Assert.Equal("1m", (string)why["resolution"]!);
    }

    [Fact]
    public async Task Derived_feature_is_explained_by_the_features_that_it_reads()
    {
        using var folder = new ShopFolder();
        folder.Write("shop.yaml", ShopFolder.Pipeline.Replace(
            "function: sum, of: amount}]", "function: sum, of: amount}]\n    derived: [{name: mean, expression: \"spend_lifetime / NULLIF(orders_1h, 0)\"}]", StringComparison.Ordinal));
        Assert.Equal(0, (await folder.RunAsync("run", "shop.yaml", "--once")).Code);
        var why = await folder.JsonAsync("features", "why", "spending", "customer=7", "--feature", "mean");
        Assert.Equal("spend_lifetime / NULLIF(orders_1h, 0)", (string)why["expression"]!);
        var inputs = why["inputs"]!.AsArray();
        Assert.Equal(["orders_1h 1", "spend_lifetime 16.75"], inputs.Select(i => $"{(string)i!["feature"]!} {i["value"]!.ToJsonString()}").Order(StringComparer.Ordinal));
        Assert.All(inputs, i => Assert.NotEmpty(i!["tiles"]!.AsArray()));
        var text = await folder.RunAsync("features", "why", "spending", "customer=7", "--feature", "mean");
        Assert.Contains("derived: spend_lifetime / NULLIF(orders_1h, 0)\n", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_key_has_no_tiles()
    {
        var why = await shop.Folder.JsonAsync("features", "why", "spending", "customer=99", "--feature", "spend_1h");
        Assert.Equal(("NOT_FOUND", 0), ((string)why["status"]!, why["tiles"]!.AsArray().Count));
        var text = await shop.Folder.RunAsync("features", "why", "spending", "customer=99", "--feature", "spend_1h");
        Assert.StartsWith("spend_1h of spending, customer=99: NOT_FOUND\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("no tile has an event\n", text.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("features why spending customer=7", 2, "streamforge features why needs --feature F: the feature to explain")]
    [InlineData("features why spending customer=7 --feature spend_2h", 1, "spending has no feature 'spend_2h'; did you mean spend_1h?")]
    [InlineData("features why spendin customer=7 --feature spend_1h", 1, "there is no view 'spendin'; did you mean 'spending'?")]
    public async Task What_is_not_there_is_one_sentence(string line, int code, string sentence)
    {
        var result = await shop.Folder.RunAsync(line.Split(' '));
        Assert.StartsWith($"streamforge: {sentence}", result.Errors, StringComparison.Ordinal);
        Assert.Equal(("", code), (result.Output, result.Code));
    }
}
