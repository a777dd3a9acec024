using System.Net;
using System.Text.Json.Nodes;

namespace StreamForge.Tests.Server;

public sealed class ControlTests
{
    [Fact]
    public async Task A_pipeline_has_its_numbers_its_stages_and_edges_that_name_them()
    {
        await using var server = await RunningServer.StartAsync();

        var (_, list) = await server.GetAsync("/v1/pipelines");
        var (_, one) = await server.GetAsync("/v1/pipelines/retail");

        Assert.Equal((2, null), ((int)list["total"]!, list["next"]));
        Assert.True(JsonNode.DeepEquals(list["items"]![0], one));
        Assert.Equal(("running", "1.0.0", 12.3, 0.25), ((string?)one["state"], (string?)one["version"], (double)one["events_per_second"]!, (double)one["progress"]!));
        Assert.Null(one["watermark"]);
        Assert.Equal(["source:orders", "transformation:lines", "view:customers"], one["stages"]!["nodes"]!.AsArray().Select(n => (string)n!["id"]!));
        Assert.Equal(["source:orders>transformation:lines", "transformation:lines>view:customers"], one["stages"]!["edges"]!.AsArray().Select(e => $"{e!["from"]}>{e["to"]}"));
        Assert.Equal(("failed", "the disk is full"), ((string?)list["items"]![1]!["state"], (string?)list["items"]![1]!["reason"]));
    }

    [Theory]
    [InlineData("late", "oldest", "0 1 2|3 4 5|6")]
    [InlineData("late", "newest", "6 5 4|3 2 1|0")]
    [InlineData("dead-letters", "oldest", "0 1 2|3 4 5|6")]
    public async Task A_ledger_is_read_page_by_page_to_its_end(string ledger, string order, string pages)
    {
        await using var server = await RunningServer.StartAsync();
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var (_, page) = await server.GetAsync($"/v1/pipelines/retail/{ledger}?limit=3&order={order}{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            Assert.Equal(7, (int)page["total"]!);
            seen.Add(string.Join(' ', page["items"]!.AsArray().Select(i => (string)i!["position"]!)));
            cursor = (string?)page["next"];
        }
        Assert.Equal(pages, string.Join('|', seen));
    }

    [Fact]
    public async Task A_new_entry_does_not_shift_the_pages_that_go_backwards()
    {
        await using var server = await RunningServer.StartAsync();
        var (_, first) = await server.GetAsync("/v1/pipelines/retail/late?limit=3&order=newest");
        server.Pipelines.Entries = 9;
        var (_, second) = await server.GetAsync($"/v1/pipelines/retail/late?limit=3&order=newest&cursor={first["next"]}");
        Assert.Equal(["3", "2", "1"], second["items"]!.AsArray().Select(i => (string)i!["position"]!));
    }

    [Fact]
    public async Task A_ledger_that_ends_with_a_page_has_no_next_one_and_a_long_one_comes_in_parts()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Null((await server.GetAsync("/v1/pipelines/retail/late?limit=7")).Body["next"]);
        Assert.Null((await server.GetAsync("/v1/pipelines/retail/late?limit=7&order=newest")).Body["next"]);
        server.Pipelines.Entries = 1000;
        var (_, list) = await server.GetAsync("/v1/pipelines/retail/late?limit=1000");
        Assert.Equal("ü 999", (string?)list["items"]![999]!["raw"]);
    }

    [Theory]
    [InlineData("/v1/pipelines/retail/late?limit=1001", "limit=1001 is not a number from 1 to 1000")]
    [InlineData("/v1/pipelines/retail/late?limit=-1", "limit=-1 is not a number from 1 to 1000")]
    [InlineData("/v1/pipelines/retail/late?cursor=x", "cursor=x is none; write the text that 'next' of the page before had")]
    [InlineData("/v1/pipelines/retail/late?order=up", "order=up is unknown; write oldest or newest")]
    [InlineData("/v1/pipelines/retail/late?page=2", "unknown parameter page; write limit, cursor or order")]
    [InlineData("/v1/pipelines?x=1", "unknown parameter x; the list of pipelines takes none")]
    [InlineData("/v1/views/customers/keys?limit=101", "limit=101 is not a number from 1 to 100")]
    public async Task A_wrong_parameter_is_refused_with_what_would_be_right(string path, string detail)
    {
        await using var server = await RunningServer.StartAsync();
        var (status, problem) = await server.GetAsync(path);
        Assert.Equal((HttpStatusCode.BadRequest, detail), (status, (string?)problem["detail"]));
    }

    [Fact]
    public async Task A_misspelt_name_gets_the_nearest_one()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal("there is no pipeline 'retial'; did you mean retail?", (string?)(await server.GetAsync("/v1/pipelines/retial")).Body["detail"]);
        Assert.Equal(
            "customers has no feature 'order_1h'; did you mean orders_1h?", (string?)(await server.GetAsync("/v1/views/customers/tiles/order_1h?customer_id=1")).Body["detail"]);
    }

    [Fact]
    public async Task Snapshot_ids_keep_all_their_digits()
    {
        await using var server = await RunningServer.StartAsync();
        var (_, list) = await server.GetAsync("/v1/tables/retail.order_lines/snapshots?limit=2");
        Assert.Equal(("9223372036854775807", "2"), ((string?)list["items"]![0]!["snapshot_id"], (string?)list["next"]));
    }
}
