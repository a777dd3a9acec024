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
            foreach (var line in File.ReadLines(Path.Combine(folder, "clicks-5000-100000.jsonl"))) users.Add(JsonDocument.Parse(line).RootElement.GetProperty("user_id").GetString()!);
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

    [Theory]
    [InlineData("users")]
    [InlineData("tumbling")]
    public async Task The_kin_of_ingest_take_every_line_too(string name)
    {
        var measures = await RunAsync(name);
        Assert.Equal(5000, measures["events"].Value);
        Assert.Equal(0, measures["dead_letters"].Value);
    }

    [Fact]
    public async Task A_changelog_has_no_event_that_cannot_be_taken()
    {
        var measures = await RunAsync("changelog");
        Assert.Equal((3000, 0), (measures["events"].Value, measures["dead_letters"].Value));
        Assert.InRange(measures["keys"].Value, 100, 3000);
    }

    [Fact]
    public async Task Allocation_is_counted_over_the_later_half_of_the_events()
    {
        var measures = await RunAsync("allocation");
        Assert.Equal(5000, measures["events"].Value);
        Assert.InRange(measures["events_counted"].Value, 0, 2500);
    }

    [Fact]
    public async Task Checkpoints_are_taken_of_every_key()
    {
        var measures = await RunAsync("checkpoint");
        Assert.Equal((20_000, 1000), (measures["events"].Value, measures["keys"].Value));
        Assert.InRange(measures["checkpoints"].Value, 1, double.MaxValue);
    }

    [Fact]
    public async Task Recovery_starts_the_program_and_is_answered()
    {
        var measures = await RunAsync("recovery");
        Assert.Equal(1000, measures["keys"].Value);
        Assert.InRange(measures["first_lookup_seconds_best"].Value, double.Epsilon, measures["first_lookup_seconds"].Value);
    }

    [Fact]
    public async Task Freshness_counts_the_events_that_are_seen()
    {
        var report = await ReportAsync(BenchScenarios.All.Single(s => s.Name == "freshness"), scale: 0.02);
        var measures = report.Measures.ToDictionary(m => m.Name);
        Assert.InRange(measures["events"].Value, 1, double.MaxValue);
        if (measures.TryGetValue("fresh_p99", out var p99)) Assert.InRange(measures["fresh_p50"].Value, 0, p99.Value);
    }

    [Fact]
    public void Rates_between_two_moments_are_read_off_between_two_samples()
    {
        var rates = new EventRates([(0, 0), (1000, 100), (2000, 100), (4000, 500)]);
        Assert.Equal(4000, rates.End);
        Assert.Equal(1000, rates.When(100));
        Assert.Equal(4000, rates.When(501));
        Assert.Equal(50, rates.Between(0, 500).Events);
        Assert.Equal(100, rates.Between(1500, 2500).Events);
        Assert.Equal(400, rates.Between(1000, 9000).Events);
        Assert.Equal(0, rates.Between(500, 500).PerSecond);
    }

    [Fact]
    public void A_drawing_has_a_bar_and_a_number_for_every_measure_of_its_plots_and_is_sound_xml()
    {
        var machine = new MachineFacts("C<P>U & co", 2, 1L << 30, "os", "runtime", "0.1.0", "abc");
        var report = new BenchReport([new("rate", 1500, "events/s", 1000), new("delay", 7, "ms", 5, GoalIsLimit: true), new("other", 3, "s")]) { Plots = [new("some", ["rate", "other", "missing"])] };
        var one = System.Xml.Linq.XDocument.Parse(BenchDrawing.Of("ingest", 0.1, machine, report));
        var texts = one.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToArray();
        Assert.Contains("ingest at scale 0.1", texts);
        Assert.Contains("1,500 events/s", texts);
        Assert.Contains("3 s", texts);
        Assert.Contains("7 ms (≤ 5)", texts);
        Assert.Contains(texts, t => t.StartsWith("C<P>U & co, 2 cores", StringComparison.Ordinal));
        string[] bars = ["#4ac26b", "#54aeff", "#d4a72c"];
        Assert.Equal(bars, one.Descendants().Select(e => e.Attribute("fill")?.Value).Where(f => bars.Contains(f)).Order());
        var all = System.Xml.Linq.XDocument.Parse(BenchDrawing.OfAll(1, machine, [("ingest", report), ("state", report)]));
        Assert.Contains(all.Descendants(), e => e.Value == "state delay");
    }

    [Fact]
    public async Task An_input_is_made_once_and_whole_or_not_at_all()
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-test-");
        var context = new BenchContext(folder.FullName, 1, _ => { });
        await Assert.ThrowsAsync<IOException>(() => BenchInputs.GetAsync(context, "some", (target, _) => throw new IOException("torn"), CancellationToken.None));
        Assert.Empty(folder.EnumerateFiles());
        var path = await BenchInputs.GetAsync(context, "some", (target, cancellation) => target.WriteAsync("content"u8.ToArray(), cancellation).AsTask(), CancellationToken.None);
        Assert.Equal(path, await BenchInputs.GetAsync(context, "some", (_, _) => throw new InvalidOperationException("made twice"), CancellationToken.None));
        Assert.Equal("content", await File.ReadAllTextAsync(path));
        folder.Delete(recursive: true);
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
        Assert.Equal(["ingest", "users", "tumbling", "changelog", "allocation", "state", "checkpoint", "recovery", "lookups", "freshness", "lake", "commit", "parquet", "sql"], BenchScenarios.All.Select(s => s.Name));

    private static async Task<Dictionary<string, BenchMeasure>> RunAsync(string name, Action<string>? look = null)
    {
        var report = await ReportAsync(BenchScenarios.All.Single(s => s.Name == name), look);
        return report.Measures.ToDictionary(m => m.Name);
    }

    private static async Task<BenchReport> ReportAsync(IBenchScenario scenario, Action<string>? look = null, double scale = Scale)
    {
        var folder = Directory.CreateTempSubdirectory("streamforge-bench-test-");
        try
        {
            var report = await scenario.RunAsync(new BenchContext(folder.FullName, scale, _ => { }), CancellationToken.None);
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
