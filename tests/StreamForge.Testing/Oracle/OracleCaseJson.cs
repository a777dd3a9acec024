using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamForge.Testing.Oracle;

/// <summary>
/// The JSON form of a case. Times are microseconds. A value is <c>null</c>, a whole number, a string, <c>{"decimal": "12.50"}</c> or <c>{"double": 0.1}</c>;
/// a predicate is <c>{"column", "operator", "value"}</c>, and one that is a bare function cannot be written.
/// </summary>
internal static class OracleCaseJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(OracleCase scenario)
    {
        var view = scenario.View;
        var root = new JsonObject
        {
            ["view"] = new JsonObject
            {
                ["windows"] = Array(view.Windows, w => new JsonObject { ["kind"] = Word(w.Kind), ["size"] = w.Size }),
                ["aggregates"] = Array(view.Aggregates, Aggregate),
                ["out_of_orderness"] = view.OutOfOrderness,
                ["allowed_lateness"] = view.AllowedLateness,
                ["resolution"] = view.Resolution,
                ["partitions"] = view.Partitions,
            },
            ["events"] = Array(scenario.Events, Event),
            ["signals"] = Array(scenario.Signals, s => new JsonObject { ["before"] = s.Before, ["partition"] = s.Partition, ["state"] = Word(s.State) }),
        };
        return root.ToJsonString(Indented);
    }

    public static OracleCase Read(string json)
    {
        var root = JsonNode.Parse(json)!;
        var view = root["view"]!;
        return new(
            new(
                List(view["windows"], w => new OracleWindow(Enum<OracleWindowKind>(w["kind"]), Long(w["size"]))),
                List(view["aggregates"], ReadAggregate),
                Long(view["out_of_orderness"]),
                Long(view["allowed_lateness"]),
                (long?)view["resolution"],
                (int)Long(view["partitions"])),
            List(root["events"], ReadEvent),
            List(root["signals"], s => new OracleSignal((int)Long(s["before"]), (int)Long(s["partition"]), Enum<OraclePartitionState>(s["state"]))));
    }

    private static JsonObject Aggregate(OracleAggregate aggregate)
    {
        var node = new JsonObject { ["name"] = aggregate.Name, ["function"] = Word(aggregate.Function), ["of"] = aggregate.Of };
        if (aggregate.Where is not null)
        {
            var where = aggregate.Where.Written ?? throw new InvalidOperationException($"the predicate of {aggregate.Name} is a bare function and cannot be written");
            node["where"] = new JsonObject { ["column"] = where.Column, ["operator"] = where.Operator, ["value"] = Value(where.Value) };
        }
        return node;
    }

    private static OracleAggregate ReadAggregate(JsonNode node)
    {
        var where = node["where"] is { } w ? new OracleComparison((string)w["column"]!, (string)w["operator"]!, ReadValue(w["value"])!).AsWhere() : null;
        return new((string)node["name"]!, Enum<OracleFunction>(node["function"]), (string?)node["of"], where);
    }

    private static JsonObject Event(OracleEvent e)
    {
        var values = new JsonObject();
        foreach (var (column, value) in e.Values) values[column] = Value(value);
        return new JsonObject { ["partition"] = e.Partition, ["time"] = e.Time, ["key"] = e.Key, ["values"] = values };
    }

    private static OracleEvent ReadEvent(JsonNode node) => new(
        (int)Long(node["partition"]), Long(node["time"]), (string?)node["key"],
        node["values"]!.AsObject().ToImmutableSortedDictionary(v => v.Key, v => ReadValue(v.Value), StringComparer.Ordinal));

    private static JsonNode? Value(OracleValue? value) => value switch
    {
        null => null,
        OracleValue.Integer i => JsonNode.Parse(i.ToString()),
        OracleValue.Decimal d => new JsonObject { ["decimal"] = d.ToString() },
        OracleValue.Real r => new JsonObject { ["double"] = r.Value },
        _ => JsonValue.Create(value.ToString()),
    };

    private static OracleValue? ReadValue(JsonNode? node) => node switch
    {
        null => null,
        JsonObject o when o["decimal"] is { } d => OracleValue.Decimal.Parse((string)d!),
        JsonObject o when o["double"] is { } d => new OracleValue.Real((double)d),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number => new OracleValue.Integer(BigInteger.Parse(v.ToJsonString(), CultureInfo.InvariantCulture)),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => new OracleValue.Text((string)v!),
        _ => throw new FormatException($"{node.ToJsonString()} is no value of an event"),
    };

    private static JsonArray Array<T>(ImmutableArray<T> items, Func<T, JsonNode?> write) => new([.. items.Select(write)]);

    private static ImmutableArray<T> List<T>(JsonNode? array, Func<JsonNode, T> read) => [.. array!.AsArray().Select(node => read(node!))];

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static T Enum<T>(JsonNode? node) where T : struct, Enum => System.Enum.Parse<T>((string)node!, ignoreCase: true);

    private static long Long(JsonNode? node) => (long)node!;
}
