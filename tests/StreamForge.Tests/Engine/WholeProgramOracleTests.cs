using System.Text.Json;
using StreamForge.Core;
using StreamForge.Embedded;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>The whole engine against the oracle: events as lines of a file, read, checkpointed and restarted in the middle with other shards, drained at the end; then lookups, ledgers and the rows of closed windows.</summary>
public class WholeProgramOracleTests
{
    [Fact]
    public Task Lookups_ledgers_and_closed_windows_equal_the_oracles_over_files_of_rows() => CaseRun.CheckAsync(0.01, seed => Case(seed, BuiltKinds.Append), DifferenceAsync, IsOnePartition);

    [Fact]
    public Task Lookups_ledgers_and_closed_windows_equal_the_oracles_over_files_of_changes() => CaseRun.CheckAsync(0.01, seed => Case(seed, BuiltKinds.Changelogs), DifferenceAsync, IsOnePartition);

    /// <summary>Files are one partition.</summary>
    private static OracleCase Case(int seed, CaseKinds kinds)
    {
        var random = new Random(seed);
        return RandomCases.Case(random, kinds, EventShape.Random(random) with { Partitions = 1 });
    }

    private static bool IsOnePartition(OracleCase scenario) => scenario.View.Partitions == 1;

    private static async Task<string?> DifferenceAsync(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var emits = scenario.View.Windows.Any(w => w.Closes);
        using var folder = new PipelineFolder(CasePipeline.Text(scenario.View, emits, "s.json"));
        var lines = CaseLines.Of(scenario);
        var cut = random.Next(lines.Length + 1);
        folder.Append("s.json", string.Concat(lines[..cut].Select(line => line + "\n")));
        await folder.RunAsync(random.Next(1, 4), drain: random.Next(4) == 0);
        folder.Append("s.json", string.Concat(lines[cut..].Select(line => line + "\n")));
        var status = await folder.RunAsync(random.Next(1, 4), drain: true);
        return Difference(scenario, folder, status, emits, random);
    }

    private static string? Difference(OracleCase scenario, PipelineFolder folder, EngineStatus status, bool emits, Random random)
    {
        var oracle = new FeatureOracle(scenario);
        var plan = folder.Plan;
        var watermark = folder.Checkpoint.Watermark;
        if ((oracle.Watermark ?? EventTime.MinValue) != watermark) return $"watermark {watermark}, expected {oracle.Watermark}";
        if (folder.DeadLetters().Length != oracle.DeadLetters.Length) return $"{folder.DeadLetters().Length} dead letters, expected {oracle.DeadLetters.Length}";
        if (status.Duplicates != oracle.Duplicates) return $"{status.Duplicates} duplicates, expected {oracle.Duplicates}";
        if (status.Degraded != oracle.Orphans.Length) return $"degraded by {status.Degraded}, expected {oracle.Orphans.Length}";
        if (LedgerDifference(oracle, folder) is { } ledger) return ledger;
        var rows = emits ? folder.SinkRows().OrderBy(line => JsonDocument.Parse(line).RootElement.GetProperty("revision").GetInt64()) : Enumerable.Empty<string>();
        if (emits && WindowComparison.Difference(oracle, scenario.View, plan, rows, drained: true) is { } closed) return closed;
        var reader = folder.AtRest.OpenFeatures(plan);
        var view = reader.Views.Single();
        return ReadComparison.Difference(oracle, (key, at) => Read(reader, view, key, at), view, scenario, random);
    }

    private static FeatureRow Read(IFeatureReader reader, ViewDescription view, string key, long? at)
    {
        var row = new FeatureRow();
        reader.Read(view, KeyCodec.FromText(view.Entity, new Dictionary<string, string> { ["k"] = key }), at, row);
        return row;
    }

    private static string? LedgerDifference(FeatureOracle oracle, PipelineFolder folder)
    {
        var records = folder.Late().Select(line => JsonDocument.Parse(line).RootElement).ToLookup(r => r.GetProperty("missed").GetArrayLength() == 0);
        if (records[true].Count() != oracle.Orphans.Length) return $"{records[true].Count()} orphans in the ledger, expected {oracle.Orphans.Length}";
        var expected = oracle.Late.Select(a => $"{EventTime.Format(a.Event.Time)} under {EventTime.Format(a.Watermark!.Value)}: {string.Join(",", a.Missed.Select(w => "v." + w.Name))}").Order(StringComparer.Ordinal);
        var actual = records[false].Select(r =>
            $"{r.GetProperty("event_time").GetString()} under {r.GetProperty("watermark").GetString()}: {string.Join(",", r.GetProperty("missed").EnumerateArray().Select(m => m.GetString()))}").Order(StringComparer.Ordinal);
        return expected.SequenceEqual(actual) ? null : $"the late ledger is [{string.Join("; ", actual)}], expected [{string.Join("; ", expected)}]";
    }
}
