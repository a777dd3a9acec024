using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>A case's events as the lines of a file: rows as JSON, changes as Kafka records with Debezium's envelope.</summary>
internal static class CaseLines
{
    /// <summary>Quotes within texts are escaped by a backslash alone.</summary>
    private static readonly JsonSerializerOptions AsDebezium = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string[] Of(OracleCase scenario) => scenario.View.Source == OracleSource.Append
        ? [.. scenario.Events.Select(e => Row(new OracleImage(e.Time, e.Key, e.Values), null).ToJsonString(AsDebezium))]
        : [.. scenario.Changes.Select((c, i) => Record(c, i, scenario.View.Source).ToJsonString(AsDebezium))];

    private static JsonObject Record(OracleChange change, int offset, OracleSource source) => new()
    {
        ["topic"] = "s",
        ["partition"] = change.Partition,
        ["offset"] = offset,
        ["timestamp"] = 1_700_000_000_000 + offset,
        ["key"] = change.Id is null ? null : new JsonObject { ["id"] = change.Id },
        ["value"] = change.Op == OracleOp.Tombstone ? null : Value(change, source),
    };

    private static JsonObject Value(OracleChange change, OracleSource source)
    {
        var block = source == OracleSource.Full ? MySql(change.Position) : Postgres(change.Position);
        block["snapshot"] = change.Snapshot switch { OracleSnapshot.None => "false", OracleSnapshot.Reading => "true", var phase => phase.Word() };
        if (change.Op == OracleOp.Other) return new JsonObject { ["op"] = "m", ["source"] = block, ["message"] = new JsonObject { ["prefix"] = "p", ["content"] = "aGk=" } };
        return new JsonObject
        {
            ["before"] = change.Before is { } before ? Row(before, change.Id) : null,
            ["after"] = change.After is { } after ? Row(after, change.Id) : null,
            ["source"] = block,
            ["op"] = change.Op switch { OracleOp.Create => "c", OracleOp.Update => "u", OracleOp.Delete => "d", OracleOp.Read => "r", _ => "t" },
            ["ts_ms"] = 1_700_000_000_000,
        };
    }

    private static JsonObject MySql(OraclePosition? position)
    {
        var block = new JsonObject { ["connector"] = "mysql", ["ts_ms"] = 1_700_000_000_000 };
        if (position is { } p) (block["gtid"], block["pos"], block["row"]) = ($"6d43e2c8-7c2b-11ee-b962-0242ac120002:{p.Major}", p.Minor, 0);
        return block;
    }

    private static JsonObject Postgres(OraclePosition? position)
    {
        var block = new JsonObject { ["connector"] = "postgresql", ["ts_ms"] = 1_700_000_000_000 };
        if (position is { } p) block["sequence"] = $"[\"{p.Major}\",\"{p.Minor}\"]";
        return block;
    }

    private static JsonObject Row(OracleImage image, string? id)
    {
        var row = new JsonObject { ["t"] = image.Time is { } time ? EventTime.Format(time) : null, ["k"] = image.Key };
        if (id is not null) row["id"] = id;
        foreach (var (column, value) in image.Values) row[column] = image.Unavailable.Contains(column) ? "__debezium_unavailable_value" : Json(value);
        return row;
    }

    private static JsonNode? Json(OracleValue? value) => value switch
    {
        null => null,
        OracleValue.Text text => JsonValue.Create(text.Value),
        OracleValue.Decimal number => JsonValue.Create(number.ToString()),
        OracleValue.Real number => JsonNode.Parse(number.Value.ToString("R", CultureInfo.InvariantCulture)),
        var number => JsonNode.Parse(number.ToString()),
    };
}
