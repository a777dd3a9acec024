using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace StreamForge.Tests.Cli;

/// <summary><c>run</c>.</summary>
public sealed partial class RunTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Run_once_ends_with_its_summary_and_a_second_run_has_nothing_to_do()
    {
        var first = await _shop.JsonAsync("run", "shop.yaml", "--once");
        Assert.Equal(["events", "rows", "dead_letters", "late", "snapshots", "seconds", "events_per_second"], first.AsObject().Select(p => p.Key));
        Assert.Equal((5, 4, 1, 1, 0), ((int)first["events"]!, (int)first["rows"]!, (int)first["dead_letters"]!, (int)first["late"]!, (int)first["snapshots"]!));
        var second = JsonNode.Parse((await _shop.RunAsync("run", "shop.yaml", "--once", "--json")).Output)!;
        Assert.Equal((0, 0, 0, 0), ((int)second["events"]!, (int)second["rows"]!, (int)second["dead_letters"]!, (int)second["late"]!));
        var text = await _shop.RunAsync("run", "shop.yaml", "--once", "--data-dir", "other");
        Assert.StartsWith("5 events in ", text.Output, StringComparison.Ordinal);
        var hint = Regex.Match(text.Errors, @"try: \./streamforge (features get spending customer=\S+) --data-dir ");
        Assert.True(hint.Success, text.Errors);
        Assert.DoesNotContain("NOT_FOUND", (await _shop.RunAsync([.. hint.Groups[1].Value.Split(' '), "--data-dir", "other"])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_pipeline_answers_holds_its_folder_and_port_and_goes_on_where_it_was_interrupted()
    {
        using var running = _shop.Start("run", "shop.yaml", "--port", "0");
        var address = (await running.ReadErrorsToAsync("listening on "))["listening on ".Length..].TrimEnd('/');
        var port = address[(address.LastIndexOf(':') + 1)..];

        var busy = await _shop.RunAsync("run", "shop.yaml", "--once");
        Assert.Equal(1, busy.Code);
        Assert.Matches(@"^streamforge: the data directory \S+ is in use by another streamforge process; .+\n$", busy.Errors);
        var taken = await _shop.RunAsync("run", "shop.yaml", "--data-dir", "other", "--port", port);
        Assert.Equal((1, $"streamforge: port {port} on 127.0.0.1 is in use by another program; choose another with --port\n"), (taken.Code, taken.Errors));

        using var client = new HttpClient();
        var served = await client.GetStringAsync(new Uri($"{address}/v1/views"));
        Assert.Equal(served, (await _shop.RunAsync("features", "list", "--url", address, "--json")).Output.TrimEnd());
        var asked = await _shop.JsonAsync("features", "get", "spending", "customer=99", "--url", address);
        Assert.Equal("spending", (string)asked["view"]!);
        var metrics = await client.GetStringAsync(new Uri($"{address}/metrics"));
        Assert.Contains("streamforge_view_keys{pipeline=\"shop\",view=\"spending\"}", metrics, StringComparison.Ordinal);

        await running.InterruptAsync();
        var end = await running.EndAsync();
        Assert.Equal((130, ""), (end.Code, end.Output));
        var before = int.Parse(Stopped().Match(end.Errors).Groups["events"].Value, NumberStyles.None, CultureInfo.InvariantCulture);
        await File.AppendAllTextAsync(_shop["orders.csv"], "o6,8,3.00,f,2024-01-01T12:30:00Z\n");
        var rest = JsonNode.Parse((await _shop.RunAsync("run", "shop.yaml", "--once", "--json")).Output)!;
        Assert.Equal(6 - before, (int)rest["events"]!);
        var features = await _shop.JsonAsync("features", "get", "spending", "customer=8");
        Assert.Equal("""{"orders_1h":1,"orders_lifetime":2,"spend_1h":3.00,"spend_lifetime":4.00}""", features["features"]!.ToJsonString());
    }

    [Fact]
    public async Task Ledgers_of_a_running_server_are_those_of_its_data_directory()
    {
        await _shop.RunAsync("run", "shop.yaml", "--once");
        using var running = _shop.Start("run", "shop.yaml", "--port", "0");
        var address = (await running.ReadErrorsToAsync("listening on "))["listening on ".Length..].TrimEnd('/');
        foreach (var words in new string[][] { ["late", "list", "--json"], ["late", "list"], ["dead-letters", "list", "--json"], ["dead-letters", "list", "--limit", "1"], ["dead-letters", "list", "--source", "orders", "--json"], ["dead-letters", "show", "1"] })
        {
            var atRest = await _shop.RunAsync(words);
            Assert.Equal(atRest, await _shop.RunAsync([.. words, "--url", address]));
        }
        await _shop.RunAsync("late", "export", "--out", "here.jsonl");
        await _shop.RunAsync("late", "export", "--out", "there.jsonl", "--url", address);
        Assert.Equal(await File.ReadAllTextAsync(_shop["here.jsonl"]), await File.ReadAllTextAsync(_shop["there.jsonl"]));
        Assert.Contains("did you mean 'orders'?", (await _shop.RunAsync("late", "list", "--source", "order", "--url", address)).Errors, StringComparison.Ordinal);
        await running.InterruptAsync();
        await running.EndAsync();
    }

    [Fact]
    public async Task File_in_place_of_the_data_directory_is_one_sentence()
    {
        _shop.Write("taken", "");
        var result = await _shop.RunAsync("run", "shop.yaml", "--once", "--data-dir", "taken");
        Assert.Equal(1, result.Code);
        Assert.Matches(@"^streamforge: cannot use the data directory \S+taken: .+\n$", result.Errors);
    }

    [Fact]
    public async Task Changed_view_over_its_state_is_refused_with_the_difference()
    {
        await _shop.RunAsync("run", "shop.yaml", "--once");
        _shop.Write("shop.yaml", ShopFolder.Pipeline.Replace("resolution: 1m", "resolution: 5m", StringComparison.Ordinal));
        var result = await _shop.RunAsync("run", "shop.yaml", "--once");
        Assert.Matches("the view spending has changed over its live state: it was 'tiles 1m kept .*' and is now 'tiles 5m kept .*'", result.Errors);
        Assert.Equal(2, result.Code);
    }

    [Fact]
    public async Task Damaged_catalog_entry_is_one_sentence()
    {
        await _shop.RunAsync("run", "shop.yaml", "--once");
        _shop.Write("streamforge-data/catalog/shop.json", "{");
        foreach (var line in (string[])["run shop.yaml --once", "features list"])
        {
            var result = await _shop.RunAsync(line.Split(' '));
            Assert.Matches(@"^streamforge: the catalog entry \S+shop\.json is damaged; .+\n$", result.Errors);
            Assert.Equal(("", 1), (result.Output, result.Code));
        }
    }

    [Fact]
    public async Task On_error_fail_stops_with_the_place_of_the_event()
    {
        _shop.Write("shop.yaml", ShopFolder.Pipeline.Replace("format: csv", "format: csv\n    on_error: fail", StringComparison.Ordinal));
        var result = await _shop.RunAsync("run", "shop.yaml", "--once");
        Assert.Matches(@"^streamforge: shop: orders/0 at orders\.csv:\d+: .+ \(on_error: fail\)\n$", result.Errors);
        Assert.Equal(1, result.Code);
    }

    [GeneratedRegex(@"stopped after (?<events>\d+) events", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Stopped();
}
