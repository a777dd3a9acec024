using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>Closed windows against the oracle: which are emitted, how their revisions count, and what the last one says.</summary>
public class ClosedWindowOracleTests
{
    private static int Cases => int.TryParse(Environment.GetEnvironmentVariable("STREAMFORGE_ORACLE_CASES"), out var cases) ? cases : 1000;

    [Fact]
    public void Last_revisions_equal_the_oracles_whatever_the_events_batches_shards_and_restarts()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).Select(seed => (Seed: seed, Case: WithTumbling(RandomEvents.Case(seed), seed)));
        var arbitrary = Arb.From(seeds, s => RandomEvents.Shrink(s.Case).Where(c => c.View.Windows.Any(w => w.Kind == OracleWindowKind.Tumbling)).Select(c => (s.Seed, c)));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases),
            Prop.ForAll(arbitrary, s => Difference(s.Case, s.Seed) is { } difference ? throw new Xunit.Sdk.XunitException($"seed {s.Seed}: {difference}\n{s.Case}") : true));
    }

    /// <summary>The case with a window that closes.</summary>
    internal static OracleCase WithTumbling(OracleCase scenario, int seed)
    {
        if (scenario.View.Windows.Any(w => w.Kind == OracleWindowKind.Tumbling)) return scenario;
        long[] seconds = [1, 60, 3600, 86_400];
        var window = OracleWindow.Tumbling(seconds[seed % seconds.Length] * 1_000_000);
        return scenario with { View = scenario.View with { Windows = scenario.View.Windows.Add(window), Resolution = null } };
    }

    private static string? Difference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4), emits: true);
        engine.Run(random);
        var closed = Compare(oracle, scenario.View, engine.Plan, engine.Closed, drained: false);
        if (closed is not null) return closed;
        engine.Emit(all: true);
        if (Compare(oracle, scenario.View, engine.Plan, engine.Closed, drained: true) is { } drained) return "drained: " + drained;
        var before = engine.Closed.Count;
        engine.Emit(all: true);
        return engine.Closed.Count == before ? null : "something was drained twice";
    }

    /// <summary>What emitted rows, as JSON in the order in which they came, say otherwise than the oracle.</summary>
    internal static string? Compare(FeatureOracle oracle, OracleView view, PipelinePlan plan, List<string> closed, bool drained)
    {
        var last = new Dictionary<(string, string, string), JsonElement>();
        foreach (var line in closed)
        {
            var row = JsonDocument.Parse(line).RootElement;
            var identity = (row.GetProperty("k").GetString()!, row.GetProperty("window").GetString()!, row.GetProperty("window_start").GetString()!);
            var expected = last.TryGetValue(identity, out var previous) ? previous.GetProperty("revision").GetInt64() + 1 : 0;
            if (row.GetProperty("revision").GetInt64() != expected) return $"{identity}: revision {row.GetProperty("revision")}, expected {expected}";
            if (row.GetProperty("op").GetString() != (expected == 0 ? "c" : "u")) return $"{identity}: op {row.GetProperty("op")}";
            last[identity] = row;
        }
        foreach (var window in OracleClosedWindows.Of(oracle, view, drained))
        {
            var identity = (window.Key, window.Window.Name, EventTime.Format(window.Start));
            if (!last.Remove(identity, out var row)) return $"{identity} is missing";
            if (row.GetProperty("window_end").GetString() != EventTime.Format(window.End)) return $"{identity} ends at {row.GetProperty("window_end")}";
            for (var i = 0; i < view.Aggregates.Length; i++)
            {
                var type = plan.Sinks[0].Schema.Find(view.Aggregates[i].Name)!.Type;
                var value = Value(row.GetProperty(view.Aggregates[i].Name), type);
                if (!EngineOracleTests.Same(window.Features[i], value)) return $"{identity}: {view.Aggregates[i].Name} is {value}, expected {window.Features[i]}";
            }
        }
        return last.Count == 0 ? null : $"{last.First().Key} was not to be emitted";
    }

    private static FeatureValue Value(JsonElement json, DataType type)
    {
        if (json.ValueKind == JsonValueKind.Null) return FeatureValue.Missing(type, FeatureStatus.NullValue);
        if (type.Kind == TypeKind.Double) return FeatureValue.OfDouble(double.Parse(json.GetRawText(), CultureInfo.InvariantCulture));
        var column = Column.Create(type, 1);
        Assert.True(TextValue.TryAppend(column, json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText()));
        return FeatureValue.From(column, 0);
    }
}
