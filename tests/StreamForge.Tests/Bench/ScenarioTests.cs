using System.Text.Json;
using StreamForge.Cli.Bench;
using StreamForge.Core;
using StreamForge.Testing.Services;

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
    public async Task Every_commit_of_both_tables_is_a_snapshot()
    {
        var measures = await RunAsync("commit");
        Assert.Equal((2, 3, 5), (measures["snapshots_before"].Value, measures["turns"].Value, measures["snapshots_after"].Value));
        Assert.InRange(measures["many_to_one_median"].Value, double.Epsilon, double.MaxValue);
    }

    [Fact]
    public async Task Parquet_says_plainly_when_there_is_nothing_to_compare_with()
    {
        var report = await ReportAsync(new ParquetScenario(null));
        var measures = report.Measures.ToDictionary(m => m.Name);
        Assert.Equal((1000, 5000), (measures["rows"].Value, measures["scan_rows"].Value));
        Assert.InRange(measures["file_bytes_per_row"].Value, 5, 200);
        Assert.DoesNotContain(report.Measures, m => m.Unit == "ratio");
        Assert.Contains("pyarrow and DuckDB are missing: set ICEBERG_PYTHON", report.Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_names_an_interpreter_that_does_not_start() =>
        Assert.Contains("ICEBERG_PYTHON is '/none/python'", (await Assert.ThrowsAsync<StreamForgeException>(() => ReportAsync(new ParquetScenario("/none/python")))).Message, StringComparison.Ordinal);

    [ServiceFact(PythonScript.Need)]
    public async Task Parquet_is_held_against_pyarrow_and_duckdb_which_find_the_same()
    {
        var measures = (await ReportAsync(new ParquetScenario(Environment.GetEnvironmentVariable(ParquetReferences.Interpreter)))).Measures.ToDictionary(m => m.Name);
        Assert.All(["encode_to_pyarrow", "scan_to_duckdb_one_thread", "scan_to_duckdb"], name => Assert.True(measures[name] is { Goal: not null, Value: > 0 and < double.MaxValue }));
        Assert.InRange(measures["pyarrow_file_bytes_per_row"].Value, 5, 200);
    }

    [Fact]
    public void The_median_is_the_middle_or_halfway_between_the_two_in_it()
    {
        Assert.Equal(3, Medians.Of([9, 1, 3]));
        Assert.Equal(2, Medians.Of([100, 1, 3, 0]));
    }

    [Fact]
    public void Scenarios_have_names_of_their_own() =>
        Assert.Equal(["ingest", "lake", "commit", "parquet", "lookups", "state", "sql"], BenchScenarios.All.Select(s => s.Name));

    private static async Task<Dictionary<string, BenchMeasure>> RunAsync(string name, Action<string>? look = null)
    {
        var report = await ReportAsync(BenchScenarios.All.Single(s => s.Name == name), look);
        return report.Measures.ToDictionary(m => m.Name);
    }

    private static async Task<BenchReport> ReportAsync(IBenchScenario scenario, Action<string>? look = null)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-test-");
        try
        {
            var report = await scenario.RunAsync(new BenchContext(folder.FullName, Scale, _ => { }), CancellationToken.None);
            look?.Invoke(folder.FullName);
            Assert.All(report.Measures, m => Assert.True(double.IsFinite(m.Value), m.Name));
            return report;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
