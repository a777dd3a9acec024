using System.Text.Json.Nodes;

namespace StreamForge.Testing.Oracle;

/// <summary>What a case's answers are, as JSON (docs/oracle-cases.md): the file of a case holds them under <c>expected</c>, so that any system can be held to them.</summary>
public static class OracleAnswers
{
    /// <summary>A case with its answers: for every key now, and at some moments that the events suggest.</summary>
    public static string Write(OracleCase scenario) => OracleCaseJson.Write(scenario, Of(scenario));

    private static JsonObject Of(OracleCase scenario)
    {
        var oracle = new FeatureOracle(scenario);
        return new JsonObject
        {
            ["watermark"] = oracle.Watermark,
            ["newest_event"] = oracle.NewestEvent,
            ["late"] = Array(oracle.Late, a => new JsonObject { ["event"] = a.Index, ["watermark"] = a.Watermark, ["missed"] = Array(a.Missed, w => w.Name) }),
            ["dead_letters"] = Array(oracle.DeadLetters, i => i),
            ["orphans"] = Array(oracle.Orphans, i => i),
            ["duplicates"] = oracle.Duplicates,
            ["expired_changes"] = oracle.ExpiredChanges,
            ["readings"] = Array(oracle.Keys.Append("unknown").SelectMany(key => Moments(oracle).Select(at => (key, at))), r => Reading(oracle.Read(r.key, r.at), r.key, r.at)),
            ["windows"] = Array(OracleClosedWindows.Of(oracle, scenario.View), Window),
        };
    }

    /// <summary>Now, and some moments of the past.</summary>
    private static IEnumerable<long?> Moments(FeatureOracle oracle)
    {
        long?[] times = [.. oracle.Arrivals.Where(a => a.Event.Key is not null).Select(a => (long?)a.Event.Time).Distinct().Order()];
        return [null, .. times.Length == 0 ? [] : new[] { times[times.Length / 2] + 1, times[^1] + 1_000_000 }];
    }

    private static JsonObject Reading(OracleReading reading, string key, long? at) => new()
    {
        ["key"] = key,
        ["at"] = at,
        ["known"] = reading.Known,
        ["effective"] = Array(reading.Effective, e => new JsonObject { ["window"] = e.Window, ["from"] = e.From, ["to"] = e.To, ["kept"] = e.Kept }),
        ["features"] = Array(reading.Features, Feature),
    };

    private static JsonObject Window(OracleClosedWindow window) => new()
    {
        ["key"] = window.Key,
        ["window"] = window.Window.Name,
        ["start"] = window.Start,
        ["end"] = window.End,
        ["closed"] = window.IsClosed,
        ["features"] = Array(window.Features, Feature),
    };

    private static JsonObject Feature(OracleFeature feature)
    {
        var node = new JsonObject { ["name"] = feature.Name, ["status"] = feature.Status.Word().ToUpperInvariant(), ["value"] = OracleCaseJson.Value(feature.Value) };
        if (feature.Overflows) node["overflows"] = true;
        if (feature.Open) node["open"] = true;
        if (feature.IsEstimated) node["estimated"] = true;
        if (feature.RelativeError > 0) node["relative_error"] = feature.RelativeError;
        if (feature.Magnitude > 0 && double.IsFinite(feature.Magnitude)) node["magnitude"] = feature.Magnitude;
        return node;
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> write) => OracleCaseJson.Array(items, write);
}
