using System.Numerics;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>What a host answers otherwise than the oracle.</summary>
internal static class ReadComparison
{
    /// <summary>The first difference, for each key now and at some moments.</summary>
    public static string? Difference(FeatureOracle oracle, Func<string, long?, FeatureRow> read, ViewDescription described, OracleCase scenario, Random random)
    {
        if (oracle.NewestEvent is null) return null;
        foreach (var key in oracle.Keys.Append("unknown"))
        {
            if (Difference(oracle, read, described, scenario.View, key, null) is { } now) return now;
            for (var i = 0; i < 4; i++)
            {
                var at = oracle.Arrivals[random.Next(oracle.Arrivals.Length)].Event.Time + random.Next(-1, 3) * random.NextInt64(1, 4_000_000_000);
                if (at is < EventTime.Earliest or > EventTime.Latest) continue;
                if (Difference(oracle, read, described, scenario.View, key, at) is { } past) return past;
            }
        }
        return null;
    }

    /// <summary>The first difference in one answer.</summary>
    /// <param name="at">null for now.</param>
    public static string? Difference(FeatureOracle oracle, Func<string, long?, FeatureRow> read, ViewDescription described, OracleView view, string key, long? at)
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
                if (effective.To > expected.At || effective.To < expected.At - Longest(view)) return $"{key} at {at}: lifetime ends at {effective.To}, expected {covered.To}";
                if (effective.To != covered.To && expected.Known) wanted = AsKnown(oracle.Read(key, effective.To)[feature.Name], view, feature.Name);
            }
            else if (effective != (covered.From!.Value, covered.To))
            {
                return $"{key} at {at}: {window.Name} covers {effective}, expected ({covered.From}, {covered.To})";
            }
            if (!Same(wanted, actual.Values[i])) return $"{key} at {at}: {feature.Name} is {actual.Values[i]} {actual.Values[i].Status}, expected {wanted}";
        }
        return null;
    }

    private static long Longest(OracleView view) => view.Windows.Max(w => w.TileLength(view.Resolution));

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

    public static bool Same(OracleFeature expected, FeatureValue actual)
    {
        if (expected.Overflows || expected.Open) return true;
        if (Status(expected.Status) != actual.Status)
            return expected.Value is OracleValue.Real r && !double.IsFinite(r.Value) && actual.Status == FeatureStatus.NullValue;
        if (actual.Status != FeatureStatus.Present) return true;
        if (expected.Value is OracleValue.List list) return SameItems(list, actual.Text);
        return actual.Type.Kind switch
        {
            TypeKind.Double => expected.Matches(actual.Double),
            TypeKind.Decimal => new OracleValue.Decimal((BigInteger)actual.Unscaled, actual.Type.Scale).Equals(expected.Value),
            TypeKind.BigInt => expected.Value is OracleValue.Integer && expected.MatchesCount(actual.Int64),
            _ => expected.Value is OracleValue.Text t && t.Value == actual.Text,
        };
    }

    /// <summary>Numbers are JSON numbers with all their digits, text is JSON strings.</summary>
    private static bool SameItems(OracleValue.List expected, string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetArrayLength() == expected.Items.Length && expected.Items.Zip(document.RootElement.EnumerateArray()).All(p => p.First switch
        {
            OracleValue.Text t => p.Second.ValueKind == JsonValueKind.String && p.Second.GetString() == t.Value,
            OracleValue.Real r => p.Second.ValueKind == JsonValueKind.Number && p.Second.GetDouble().Equals(r.Value),
            OracleValue.Decimal d => p.Second.ValueKind == JsonValueKind.Number && OracleValue.Decimal.Parse(p.Second.GetRawText()).Equals(d),
            var whole => p.Second.ValueKind == JsonValueKind.Number && p.Second.GetRawText() == whole.ToString(),
        });
    }

    private static FeatureStatus Status(OracleStatus status) => status switch
    {
        OracleStatus.Present => FeatureStatus.Present,
        OracleStatus.NullValue => FeatureStatus.NullValue,
        _ => FeatureStatus.NotFound,
    };
}
