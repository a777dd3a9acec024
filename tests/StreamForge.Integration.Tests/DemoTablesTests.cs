using System.Globalization;
using System.Text.Json;

namespace StreamForge.Integration.Tests;

/// <summary>The tables of <c>demo --once</c> as PyIceberg, DuckDB and <c>tables scan</c> read them.</summary>
public sealed class DemoTablesTests : IDisposable
{
    private const string Condition = "event_type = 'purchase' AND transaction_value > 100";

    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact(PythonScript.Need)]
    public async Task Tables_of_the_demo_have_the_summarys_numbers_and_are_the_same_to_every_reader()
    {
        var summary = Json(Assert.Single(Lines(await RunAsync("demo", "--once", "--events", "20000"))));
        var warehouse = Path.Combine(_folder, "streamforge-data", "warehouse");
        var readers = await PythonScript.RunAsync("read_clicks.py", warehouse, Condition);
        var pyiceberg = readers.GetProperty("pyiceberg");
        Assert.Equal(pyiceberg.GetRawText(), readers.GetProperty("duckdb").GetRawText());
        Assert.Equal((20000, 20000, 20000), (summary.GetProperty("events").GetInt32(), pyiceberg.GetProperty("rows").GetInt32(), pyiceberg.GetProperty("positions").GetInt32()));
        Assert.Equal(summary.GetProperty("snapshots").GetInt32(), pyiceberg.GetProperty("snapshots").GetInt32());

        var rows = Lines(await RunAsync("tables", "scan", "demo.clicks")).Select(Json).ToArray();
        Assert.Equal(20000, rows.Length);
        Assert.Equal(decimal.Parse(pyiceberg.GetProperty("transaction_value").GetString()!, CultureInfo.InvariantCulture), rows.Sum(Value));
        var types = rows.GroupBy(r => r.GetProperty("event_type").GetString()!, StringComparer.Ordinal);
        Assert.Equal(pyiceberg.GetProperty("types").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetInt32(), StringComparer.Ordinal), types.ToDictionary(t => t.Key, t => t.Count(), StringComparer.Ordinal));
        Assert.Equal(pyiceberg.GetProperty("windows").GetInt32(), Lines(await RunAsync("tables", "scan", "demo.product_windows")).Length);
    }

    [ServiceFact(PythonScript.Need)]
    public async Task A_scan_with_a_condition_gives_the_rows_that_other_readers_give_and_passes_over_what_cannot_match()
    {
        foreach (var events in (string[])["4000", "3000"]) await RunAsync("demo", "--once", "--events", events);
        var warehouse = Path.Combine(_folder, "streamforge-data", "warehouse");
        var readers = await PythonScript.RunAsync("read_clicks.py", warehouse, Condition);
        var wanted = readers.GetProperty("duckdb").GetProperty("chosen").EnumerateArray().Select(e => e.GetString()!).ToArray();
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted, readers.GetProperty("pyiceberg").GetProperty("chosen").EnumerateArray().Select(e => e.GetString()!));

        var table = Path.Combine(warehouse, "demo", "clicks");
        var json = Lines(await RunAsync("tables", "scan", table, "--where", Condition)).Select(line => Json(line).GetProperty("event_id").GetString()!);
        Assert.Equal(wanted, json.Order(StringComparer.Ordinal));
        var csv = Lines(await RunAsync("tables", "scan", "demo.clicks", "--where", Condition, "--format", "csv"));
        Assert.StartsWith("event_id,event_type,", csv[0], StringComparison.Ordinal);
        Assert.Equal(wanted, csv.Skip(1).Select(line => line.Split(',')[0]).Order(StringComparer.Ordinal));

        // The second run's clicks are younger than all of the first's.
        var snapshots = Json(await RunAsync("tables", "snapshots", "demo.clicks", "--json")).GetProperty("items");
        var first = snapshots.EnumerateArray().Last().GetProperty("snapshot_id").GetInt64();
        Assert.Equal(4000, Lines(await RunAsync("tables", "scan", "demo.clicks", "--snapshot", $"{first}")).Length);
        using var process = Start("tables", "scan", "demo.clicks", "--where", "_ingest_time < TIMESTAMP '2020-01-01 00:00:00'");
        var nothing = await process.EndAsync();
        Assert.Equal((0, ""), (nothing.Code, nothing.Output));
        Assert.Contains("read 0 of ", nothing.Errors, StringComparison.Ordinal);
    }

    private static decimal Value(JsonElement row) => row.GetProperty("transaction_value") is { ValueKind: JsonValueKind.Number } number ? number.GetDecimal() : 0;

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private CliProcess Start(params string[] arguments) => CliProcess.Start(_folder, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var result = await process.EndAsync();
        Assert.True(result.Code == 0, result.Errors);
        return result.Output;
    }
}
