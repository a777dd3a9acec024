using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>The engine against the oracle, which shares no code with it, on random events: every feature, every status, every late record.</summary>
public class EngineOracleTests
{
    /// <summary>Random cases a run; STREAMFORGE_ORACLE_CASES asks for a longer one.</summary>
    private static int Cases => int.TryParse(Environment.GetEnvironmentVariable("STREAMFORGE_ORACLE_CASES"), out var cases) ? cases : 1500;

    [Fact]
    public void Features_statuses_and_late_records_equal_the_oracles_whatever_the_events()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).Select(seed => (Seed: seed, Case: RandomEvents.Case(seed)));
        var arbitrary = Arb.From(seeds, s => RandomEvents.Shrink(s.Case).Select(c => (s.Seed, c)));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases),
            Prop.ForAll(arbitrary, s => Equal(s.Case, s.Seed)));
    }

    private static bool Equal(OracleCase scenario, int seed) =>
        Difference(scenario, seed) is { } difference ? throw new Xunit.Sdk.XunitException($"seed {seed}: {difference}\n{scenario}") : true;

    private static string? Difference(OracleCase scenario, int seed)
    {
        var random = new Random(seed);
        var oracle = new FeatureOracle(scenario);
        var engine = new EngineCase(scenario, random.Next(1, 4));
        engine.Run(random);
        if (engine.DeadLetters.Count > 0) return $"dead letter: {engine.DeadLetters[0].Reason}";
        if ((oracle.Watermark ?? EventTime.MinValue) != engine.Watermark) return $"watermark {engine.Watermark}, expected {oracle.Watermark}";
        if (LateDifference(oracle, engine) is { } late) return late;
        return ReadDifference(oracle, engine.Read, engine.View, scenario, random);
    }

    /// <summary>What a host answers otherwise than the oracle, for each key now and at some moments.</summary>
    internal static string? ReadDifference(FeatureOracle oracle, Func<string, long?, FeatureRow> read, ViewDescription described, OracleCase scenario, Random random)
    {
        if (oracle.NewestEvent is null) return null;
        foreach (var key in oracle.Keys.Append("unknown"))
        {
            if (ReadDifference(oracle, read, described, scenario.View, key, null) is { } now) return now;
            for (var i = 0; i < 4; i++)
            {
                var at = scenario.Events[random.Next(scenario.Events.Length)].Time + random.Next(-1, 3) * random.NextInt64(1, 4_000_000_000);
                if (at is < EventTime.Earliest or > EventTime.Latest) continue;
                if (ReadDifference(oracle, read, described, scenario.View, key, at) is { } past) return past;
            }
        }
        return null;
    }

    private static string? LateDifference(FeatureOracle oracle, EngineCase engine)
    {
        var expected = oracle.Late.Select(a => $"{a.Index} at {a.Event.Time} under {a.Watermark}: {string.Join(",", a.Missed.Select(w => "v." + w.Name))}");
        var actual = engine.Late.Select(l => $"{l.Position} at {l.EventTime} under {l.Watermark}: {string.Join(",", l.Missed)}");
        var difference = expected.Except(actual).Select(e => "missing late record " + e).Concat(actual.Except(expected).Select(a => "unexpected late record " + a)).FirstOrDefault();
        return difference ?? (engine.Late.Count == oracle.Late.Count() ? null : "a late record came twice");
    }

    private static string? ReadDifference(FeatureOracle oracle, Func<string, long?, FeatureRow> read, ViewDescription described, OracleView view, string key, long? at)
    {
        var expected = oracle.Read(key, at);
        FeatureRow actual;
        try
        {
            actual = read(key, at);
        }
        catch (StreamForgeException error) when (error.Kind == ErrorKind.OutOfRange)
        {
            return IsRightlyRefused(error, expected) ? null : $"{key} at {at}: {error.Message}";
        }
        if (at is null && actual.At != expected.At && expected.Known) return $"{key}: now is {actual.At}, expected {expected.At}";
        if (actual.Found != expected.Known) return $"{key} at {at}: found {actual.Found}, expected {expected.Known}";
        for (var i = 0; i < described.Features.Length; i++)
        {
            var feature = described.Features[i];
            var window = view.Windows[feature.Window];
            var covered = expected.Effective[feature.Window];
            var effective = actual.Effective[feature.Window];
            var wanted = expected[feature.Name];
            if (window.Kind == OracleWindowKind.Lifetime)
            {
                // The oracle tells every moment apart; the engine the tiles, and says up to where.
                if (effective.To < covered.To && expected.Known) wanted = AsKnown(oracle.Read(key, effective.To)[feature.Name], view, feature.Name);
            }
            else if (effective != (covered.From!.Value, covered.To))
            {
                return $"{key} at {at}: {window.Name} covers {effective}, expected ({covered.From}, {covered.To})";
            }
            if (!covered.Kept && HasSharedLateEvent(oracle, view, key, window)) continue;
            if (!Same(wanted, actual.Values[i])) return $"{key} at {at}: {feature.Name} is {actual.Values[i]} {actual.Values[i].Status}, expected {wanted}";
        }
        return null;
    }

    /// <summary>
    /// The view's time lies so far behind the watermark that the window has closed, and an event that it missed stands in a tile that it shares with a longer window:
    /// the one case in which an answer may hold an event that came too late.
    /// </summary>
    private static bool HasSharedLateEvent(FeatureOracle oracle, OracleView view, string key, OracleWindow window) => oracle.Late.Any(a =>
        a.Event.Key == key && a.Missed.Contains(window)
        && view.Windows.Any(w => a.CountsIn(w) && w.Kind != OracleWindowKind.Lifetime && w.TileLength(view.Resolution) == window.TileLength(view.Resolution)));

    /// <summary>A moment before what is kept, or a sum that does not fit, at least on the way.</summary>
    private static bool IsRightlyRefused(StreamForgeException error, OracleReading expected) => error.Message.Contains("does not fit", StringComparison.Ordinal)
        ? expected.Features.Any(f => f.Overflows || f.Magnitude > 1e34)
        : expected.Effective.Any(e => !e.Kept);

    /// <summary>The key has events before the moment that was asked for, if not before the boundary: its windows are empty, it is not unknown.</summary>
    private static OracleFeature AsKnown(OracleFeature feature, OracleView view, string name)
    {
        if (feature.Status != OracleStatus.NotFound) return feature;
        var function = view.Aggregates.Single(a => name.StartsWith(a.Name + "_", StringComparison.Ordinal)).Function;
        return function is OracleFunction.Count or OracleFunction.Distinct
            ? feature with { Status = OracleStatus.Present, Value = 0L }
            : feature with { Status = OracleStatus.NullValue };
    }

    internal static bool Same(OracleFeature expected, FeatureValue actual)
    {
        if (expected.Overflows || expected.Open) return true;
        if (Status(expected.Status) != actual.Status)
            return expected.Value is OracleValue.Real r && !double.IsFinite(r.Value) && actual.Status == FeatureStatus.NullValue;
        if (actual.Status != FeatureStatus.Present) return true;
        return actual.Type.Kind switch
        {
            TypeKind.Double => expected.Matches(actual.Double),
            TypeKind.Decimal => new OracleValue.Decimal((BigInteger)actual.Unscaled, actual.Type.Scale).Equals(expected.Value),
            TypeKind.BigInt => expected.Value is OracleValue.Integer i && i.Value == actual.Int64,
            _ => expected.Value is OracleValue.Text t && t.Value == actual.Text,
        };
    }

    private static FeatureStatus Status(OracleStatus status) => status switch
    {
        OracleStatus.Present => FeatureStatus.Present,
        OracleStatus.NullValue => FeatureStatus.NullValue,
        _ => FeatureStatus.NotFound,
    };
}
