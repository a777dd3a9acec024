using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>What emitted rows of closed windows say otherwise than the oracle.</summary>
internal static class WindowComparison
{
    /// <param name="closed">The rows as JSON, in the order in which they came.</param>
    /// <param name="drained">Whether open windows have been emitted too.</param>
    public static string? Difference(FeatureOracle oracle, OracleView view, PipelinePlan plan, IEnumerable<string> closed, bool drained) =>
        Difference(oracle, view, plan.Sinks[0].Schema, "k", closed, drained);

    /// <param name="schema">The rows' columns.</param>
    /// <param name="key">The column of the feature key.</param>
    public static string? Difference(FeatureOracle oracle, OracleView view, Schema schema, string key, IEnumerable<string> closed, bool drained)
    {
        var last = new Dictionary<(string, string, string), JsonElement>();
        foreach (var line in closed)
        {
            var row = JsonDocument.Parse(line).RootElement;
            var identity = (row.GetProperty(key).ToString(), row.GetProperty("window").GetString()!, row.GetProperty("window_start").GetString()!);
            var known = last.TryGetValue(identity, out var previous);
            if (OpDifference(row, known ? previous : null) is { } wrong) return $"{identity}: {wrong}";
            last[identity] = row;
        }
        foreach (var window in OracleClosedWindows.Of(oracle, view))
        {
            var identity = (window.Key, window.Window.Name, EventTime.Format(window.Start));
            var found = last.Remove(identity, out var row);
            // An instance that had closed may be open again, as a session that a late event has made longer: it is emitted when it closes again.
            if (!drained && !window.IsClosed && (!found || window.Window.Kind == OracleWindowKind.Session)) continue;
            if (!drained && !window.IsClosed) return $"{identity} is open, and was emitted";
            if (!found) return $"{identity} is missing";
            if (Difference(window, view, schema, row) is { } difference) return $"{identity} {difference}";
        }
        foreach (var (identity, row) in last)
        {
            if (row.GetProperty("op").GetString() != "d") return $"{identity} was not to be emitted, or is to be deleted";
        }
        return null;
    }

    /// <summary>Revisions count from 0 without a gap; the first is a create, one after a delete may be, and nothing that is gone goes again.</summary>
    private static string? OpDifference(JsonElement row, JsonElement? previous)
    {
        var expected = previous is { } p ? p.GetProperty("revision").GetInt64() + 1 : 0;
        if (row.GetProperty("revision").GetInt64() != expected) return $"revision {row.GetProperty("revision")}, expected {expected}";
        var (op, before) = (row.GetProperty("op").GetString(), previous?.GetProperty("op").GetString());
        var allowed = before switch { null => op == "c", "d" => op is "c" or "u", _ => op is "u" or "d" };
        return allowed ? null : $"op {op} after {before ?? "nothing"}";
    }

    private static string? Difference(OracleClosedWindow window, OracleView view, Schema schema, JsonElement row)
    {
        if (row.GetProperty("op").GetString() == "d") return "was deleted, and is there";
        if (row.GetProperty("window_end").GetString() != EventTime.Format(window.End)) return $"ends at {row.GetProperty("window_end")}, expected {EventTime.Format(window.End)}";
        for (var i = 0; i < view.Aggregates.Length; i++)
        {
            var type = schema.Find(view.Aggregates[i].Name)!.Type;
            var value = Value(row.GetProperty(view.Aggregates[i].Name), type);
            if (!ReadComparison.Same(window.Features[i], value)) return $"{view.Aggregates[i].Name} is {value}, expected {window.Features[i]}";
        }
        return null;
    }

    private static FeatureValue Value(JsonElement json, DataType type)
    {
        if (json.ValueKind == JsonValueKind.Null) return FeatureValue.Missing(type, FeatureStatus.NullValue);
        if (type.Kind == TypeKind.Double) return FeatureValue.OfDouble(double.Parse(json.GetRawText(), CultureInfo.InvariantCulture));
        if (json.ValueKind == JsonValueKind.Array) return FeatureValue.OfText(type, json.GetRawText());
        var column = Column.Create(type, 1);
        Assert.True(TextValue.TryAppend(column, json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText()));
        return FeatureValue.From(column, 0);
    }
}
