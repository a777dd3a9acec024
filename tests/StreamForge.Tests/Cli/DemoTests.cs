using System.Text.Json.Nodes;
using StreamForge.Cli.Demo;
using StreamForge.Testing;

namespace StreamForge.Tests.Cli;

/// <summary><c>demo</c> as the built program, in a folder of its own.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly ShopFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Demo_carries_the_clickstream_example_as_it_is() =>
        Assert.Equal(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "examples", "clickstream", "pipeline.yaml")), DemoPipeline.ReadText());

    [Fact]
    public async Task Once_takes_the_events_asked_for_and_ends_with_one_json_line_and_again_that_many_more()
    {
        var first = await _folder.RunAsync("demo", "--once", "--events", "5000");
        Assert.Equal(0, first.Code);
        var summary = JsonNode.Parse(Assert.Single(first.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!.AsObject();
        Assert.Equal(["events", "rows", "dead_letters", "late", "snapshots", "seconds", "events_per_second"], summary.Select(p => p.Key));
        Assert.Equal((5000, 0), ((int)summary["events"]!, (int)summary["dead_letters"]!));
        Assert.DoesNotContain("listening", first.Errors, StringComparison.Ordinal);
        Assert.Contains("5,000 events in ", first.Errors, StringComparison.Ordinal);

        var second = JsonNode.Parse((await _folder.RunAsync("demo", "--once", "--events", "3000")).Output)!;
        Assert.Equal((3000, 0), ((int)second["events"]!, (int)second["dead_letters"]!));
        var features = await _folder.JsonAsync("features", "get", "user_activity", "user_id=u-1");
        Assert.NotEqual(0, (int)features["features"]!["events_1h"]!);
    }

    [Fact]
    public async Task Example_of_the_same_views_runs_beside_the_demo_in_one_data_directory()
    {
        await _folder.RunAsync("demo", "--once", "--events", "1000");
        var example = Path.Combine(RepositoryFiles.Root, "examples", "clickstream", "pipeline.yaml");
        var run = await _folder.RunWithAsync("CLICKSTREAM_EVENTS", "100", "run", example, "--once", "--json");
        Assert.Equal((0, 100), (run.Code, (int)JsonNode.Parse(run.Output)!["events"]!));
        // Both have the view; the one that ran last answers.
        var ofExample = await NewestEventAsync();
        Assert.Equal(1000, (int)JsonNode.Parse((await _folder.RunAsync("demo", "--once", "--events", "1000")).Output)!["events"]!);
        Assert.NotEqual(ofExample, await NewestEventAsync());
        Assert.Equal(["clickstream.clicks", "clickstream.product_windows", "demo.clicks", "demo.product_windows"], await TablesAsync());
    }

    [Fact]
    public async Task Tables_go_to_the_warehouse_that_is_named_and_are_found_there_from_the_data_directory_alone()
    {
        Assert.Equal(0, (await _folder.RunAsync("demo", "--once", "--events", "500", "--warehouse", "lake house")).Code);
        Assert.True(Directory.Exists(_folder["lake house/demo/clicks/metadata"]));
        Assert.Equal(["demo.clicks", "demo.product_windows"], await TablesAsync());
        Assert.Equal(500, (await _folder.RunAsync("tables", "scan", "demo.clicks")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private async Task<string[]> TablesAsync() => [.. (await _folder.JsonAsync("tables", "list"))["items"]!.AsArray().Select(t => (string)t!["table"]!)];

    private async Task<string?> NewestEventAsync() => (string?)(await _folder.JsonAsync("features", "get", "user_activity", "user_id=u-1"))["newest_event"];

    [Fact]
    public async Task Live_demo_says_what_to_open_and_a_lookup_that_answers_and_ends_cleanly_and_goes_on()
    {
        using var demo = _folder.Start("demo", "--port", "0", "--rate", "20000");
        var open = (await demo.ReadErrorsToAsync("  open ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];
        var curl = await demo.ReadErrorsToAsync("  look up ");
        var url = curl.Split('\'')[1];
        Assert.StartsWith(open, url, StringComparison.Ordinal);
        using var client = new HttpClient();
        var answer = JsonNode.Parse(await client.GetStringAsync(new Uri(url)))!;
        Assert.Equal(("u-1", "PRESENT"), ((string)answer["entity"]!["user_id"]!, (string)answer["status"]!["events_1h"]!));

        var port = new Uri(open).Port;
        var taken = await _folder.RunAsync("demo", "--port", $"{port}", "--data-dir", "other");
        Assert.Equal((1, $"streamforge: port {port} on 127.0.0.1 is in use by another program; choose another with --port\n"), (taken.Code, taken.Errors));
        var locked = await _folder.RunAsync("demo", "--once");
        Assert.Matches("^streamforge: the data directory .* is in use by another streamforge process; stop that one, or choose another folder with --data-dir\n$", locked.Errors);

        await demo.InterruptAsync();
        var end = await demo.EndAsync();
        Assert.Equal((130, ""), (end.Code, end.Output));
        Assert.Contains("the same command goes on from here", end.Errors, StringComparison.Ordinal);
        Assert.Contains("restored checkpoint", (await _folder.RunAsync("demo", "--once", "--events", "10")).Errors, StringComparison.Ordinal);
    }
}
