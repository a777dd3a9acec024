using System.Text.Json;
using StreamForge.Cli.Bench;

namespace StreamForge.Tests.Bench;

/// <summary>Each scenario at a thousandth of its size: what it counts must be right; how long it takes is nobody's business here.</summary>
public class ScenarioTests
{
    private const double Scale = 0.001;

    [Fact]
    public async Task Ingest_takes_every_line_and_knows_every_user()
    {
        var users = new HashSet<string>();
        var measures = await RunAsync("ingest", folder =>
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, "clicks.jsonl"))) users.Add(JsonDocument.Parse(line).RootElement.GetProperty("user_id").GetString()!);
        });
        Assert.Equal(5000, measures["events"].Value);
        Assert.Equal(5000, measures["decoded_rows"].Value);
        Assert.Equal(0, measures["dead_letters"].Value);
        Assert.Equal(users.Count, measures["keys"].Value);
        Assert.InRange(measures["bytes_per_event"].Value, 100, 400);
    }

    [Fact]
    public async Task Decoding_alone_reads_what_the_plain_reader_reads()
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-test-");
        var file = Path.Combine(folder.FullName, "some.jsonl");
        await File.WriteAllTextAsync(file, """
            {"user_id":"u-1","nested":{"price":7},"price":1.5,"event_time":"2024-01-01T00:00:01.250Z"}
            {"user_id":"u-22","event_time":"2024-01-01T00:00:00Z"}
            {"event_time":"2024-01-01T00:00:02.000Z","user_id":"u-3","price":0.25}

            """);
        await using var pipeline = await BenchEngine.LoadAsync(folder.FullName, IngestScenario.Pipeline("some.jsonl"), CancellationToken.None);
        var decoder = await BareDecoding.WithSourceAsync(pipeline, CancellationToken.None);
        var plain = BareDecoding.WithUtf8JsonReader(file, CancellationToken.None);
        folder.Delete(recursive: true);
        Assert.Equal(new BareDecoding.Result(3, 10, 1.75, 1_704_067_202_000_000), plain with { Seconds = 0, CpuSeconds = 0 });
        Assert.Equal((plain.Rows, plain.KeyBytes, plain.PriceSum), (decoder.Rows, decoder.KeyBytes, decoder.PriceSum));
    }

    [Fact]
    public async Task State_is_kept_for_every_key_and_restored_whole()
    {
        var measures = await RunAsync("state");
        Assert.Equal(1000, measures["keys"].Value);
        Assert.Equal(1000, measures["restored_keys"].Value);
        // A key's header, its name, and three tiles of a start and three accumulators of 8, 24 and 16 bytes.
        Assert.InRange(measures["checkpoint_bytes_per_key"].Value, 3 * 56, 3 * 56 + 120);
    }

    [Fact]
    public async Task Lookups_answer_thirty_features_of_known_keys_and_nothing_fails()
    {
        var measures = await RunAsync("lookups");
        Assert.Equal(30, measures["features_per_lookup"].Value);
        Assert.InRange(measures["keys"].Value, 1, 100_000);
        Assert.InRange(measures["lookups"].Value, 16, double.MaxValue);
        Assert.Equal(0, measures["failed_lookups"].Value);
        Assert.InRange(measures["answer_bytes"].Value, 500, 10_000);
    }

    [Fact]
    public async Task Every_sql_expression_is_measured_and_fails_for_no_row()
    {
        var measures = await RunAsync("sql");
        Assert.All(SqlScenario.Expressions, e => Assert.True(double.IsFinite(measures[e.Name].Value) && measures[e.Name].Value > 0));
        Assert.Equal(0, measures["failed_rows"].Value);
    }

    [Fact]
    public void Scenarios_have_names_of_their_own() =>
        Assert.Equal(["ingest", "lake", "lookups", "state", "sql"], BenchScenarios.All.Select(s => s.Name));

    private static async Task<Dictionary<string, BenchMeasure>> RunAsync(string name, Action<string>? look = null)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-test-");
        try
        {
            var report = await BenchScenarios.All.Single(s => s.Name == name).RunAsync(new BenchContext(folder.FullName, Scale, _ => { }), CancellationToken.None);
            look?.Invoke(folder.FullName);
            Assert.All(report.Measures, m => Assert.True(double.IsFinite(m.Value), m.Name));
            return report.Measures.ToDictionary(m => m.Name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
