using System.Text.Json.Nodes;

namespace StreamForge.Tests.Cli;

public sealed class EmitTests : IDisposable
{
    private readonly ShopFolder _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Emitted_events_are_json_lines_and_the_same_for_the_same_seed_wherever_they_go()
    {
        var piped = await _shop.RunAsync("emit", "clickstream", "--events", "50", "--users", "5", "--seed", "3", "--late", "10%", "--start", "2024-05-01");
        var lines = piped.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((0, "", 50), (piped.Code, piped.Errors, lines.Length));
        Assert.All(lines, line => Assert.StartsWith("u-", (string)JsonNode.Parse(line)!["user_id"]!, StringComparison.Ordinal));
        await _shop.RunAsync("emit", "clickstream", "--events", "50", "--users", "5", "--seed", "3", "--late", "10%", "--start", "2024-05-01", "--to", "clicks.jsonl");
        Assert.Equal(piped.Output, await File.ReadAllTextAsync(_shop["clicks.jsonl"]));
        var other = await _shop.RunAsync("emit", "clickstream", "--events", "50", "--users", "5", "--seed", "4", "--late", "10%", "--start", "2024-05-01");
        Assert.NotEqual(piped.Output, other.Output);
    }

    [Fact]
    public async Task Endless_stream_ends_quietly_when_its_reader_has_seen_enough()
    {
        _shop.Write("head.sh", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "streamforge.dll")}' emit clickstream | head -n 1; echo ${{PIPESTATUS[0]}}");
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", [_shop["head.sh"]]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = shell.StandardError.ReadToEndAsync();
        var output = (await shell.StandardOutput.ReadToEndAsync()).Split('\n');
        Assert.StartsWith("{\"event_id\":", output[0], StringComparison.Ordinal);
        Assert.Equal(("0", ""), (output[1], await errors));
    }
}
