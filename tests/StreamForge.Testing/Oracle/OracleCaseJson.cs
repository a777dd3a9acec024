using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// The JSON form of a case (docs/oracle-cases.md). Times are microseconds. A value is <c>null</c>, a whole number, a string, <c>{"decimal": "12.50"}</c>, <c>{"double": 0.1}</c> or an array of values;
/// a predicate is <c>{"column", "operator", "value"}</c>, and one that is a bare function cannot be written.
/// </summary>
internal static class OracleCaseJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(OracleCase scenario, JsonObject? expected = null)
    {
        var root = new JsonObject
        {
            ["view"] = OracleViewJson.Write(scenario.View),
            ["events"] = Array(scenario.Events, Event),
            ["changes"] = Array(scenario.Changes, Change),
            ["signals"] = Array(scenario.Signals, s => new JsonObject { ["before"] = s.Before, ["partition"] = s.Partition, ["state"] = s.State.Word() }),
        };
        if (expected is not null) root["expected"] = expected;
        return root.ToJsonString(Indented);
    }

    public static OracleCase Read(string json)
    {
        var root = JsonNode.Parse(json)!;
        return new(
            OracleViewJson.Read(root["view"]!),
            List(root["events"], ReadEvent),
            List(root["signals"], s => new OracleSignal(Int(s["before"]), Int(s["partition"]), OracleWords.Parse<OraclePartitionState>((string)s["state"]!))))
        {
            Changes = List(root["changes"], ReadChange),
        };
    }

    private static JsonObject Event(OracleEvent e) => new() { ["partition"] = e.Partition, ["time"] = e.Time, ["key"] = e.Key, ["values"] = Values(e.Values) };

    private static OracleEvent ReadEvent(JsonNode node) => new(Int(node["partition"]), Long(node["time"]), (string?)node["key"], ReadValues(node["values"]!));

    private static JsonObject Change(OracleChange change)
    {
        var node = new JsonObject { ["partition"] = change.Partition, ["op"] = change.Op.Word(), ["id"] = change.Id };
        if (change.Before is not null) node["before"] = Image(change.Before);
        if (change.After is not null) node["after"] = Image(change.After);
        if (change.Position is { } position) node["position"] = new JsonArray(position.Major, position.Minor);
        if (change.Snapshot != OracleSnapshot.None) node["snapshot"] = change.Snapshot.Word();
        return node;
    }

    private static OracleChange ReadChange(JsonNode node) => new(
        Int(node["partition"]), OracleWords.Parse<OracleOp>((string)node["op"]!), (string?)node["id"], ReadImage(node["before"]), ReadImage(node["after"]),
        node["position"] is { } position ? new OraclePosition(Long(position[0]), Long(position[1])) : null,
        node["snapshot"] is { } snapshot ? OracleWords.Parse<OracleSnapshot>((string)snapshot!) : OracleSnapshot.None);

    private static JsonObject Image(OracleImage image)
    {
        var node = new JsonObject { ["time"] = image.Time, ["key"] = image.Key, ["values"] = Values(image.Values) };
        if (!image.Unavailable.IsEmpty) node["unavailable"] = Array(image.Unavailable, column => column);
        return node;
    }

    private static OracleImage? ReadImage(JsonNode? node) => node is null ? null : new((long?)node["time"], (string?)node["key"], ReadValues(node["values"]!))
    {
        Unavailable = List(node["unavailable"], column => (string)column!),
    };

    private static JsonObject Values(ImmutableSortedDictionary<string, OracleValue?> values) => new(values.Select(v => KeyValuePair.Create(v.Key, Value(v.Value))));

    private static ImmutableSortedDictionary<string, OracleValue?> ReadValues(JsonNode node) =>
        node.AsObject().ToImmutableSortedDictionary(v => v.Key, v => ReadValue(v.Value), StringComparer.Ordinal);

    public static JsonNode? Value(OracleValue? value) => value switch
    {
        null => null,
        OracleValue.Integer i => JsonNode.Parse(i.ToString()),
        OracleValue.Decimal d => new JsonObject { ["decimal"] = d.ToString() },
        OracleValue.Real r => new JsonObject { ["double"] = r.Value },
        OracleValue.List l => Array(l.Items, Value),
        _ => JsonValue.Create(value.ToString()),
    };

    public static OracleValue? ReadValue(JsonNode? node) => node switch
    {
        null => null,
        JsonArray a => new OracleValue.List([.. a.Select(item => ReadValue(item)!)]),
        JsonObject o when o["decimal"] is { } d => OracleValue.Decimal.Parse((string)d!),
        JsonObject o when o["double"] is { } d => new OracleValue.Real((double)d),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number => new OracleValue.Integer(BigInteger.Parse(v.ToJsonString(), CultureInfo.InvariantCulture)),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => new OracleValue.Text((string)v!),
        _ => throw new FormatException($"{node.ToJsonString()} is no value of an event"),
    };

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> write) => new([.. items.Select(write)]);

    public static ImmutableArray<T> List<T>(JsonNode? array, Func<JsonNode, T> read) => array is null ? [] : [.. array.AsArray().Select(node => read(node!))];

    private static int Int(JsonNode? node) => (int)Long(node);

    public static long Long(JsonNode? node) => (long)node!;
}
