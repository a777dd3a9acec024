using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamForge.Core;

namespace StreamForge.Tests.Changes;

/// <summary>Changes as lines of a topic's dump, as Debezium's PostgreSQL connector writes them.</summary>
internal static class ChangeLines
{
    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IEnumerable<Change> changes) => string.Concat(changes.Select(c => Of(c) + "\n"));

    public static string Of(Change change)
    {
        var key = change.Key is { } id ? new JsonObject { ["id"] = id }.ToJsonString(AsWritten) : null;
        return JsonSerializer.Serialize(new { topic = "t", partition = change.Stream, offset = 0, timestamp = 0L, key, value = Value(change)?.ToJsonString(AsWritten), headers = (object?)null }, AsWritten);
    }

    private static JsonObject? Value(Change change) => change.Kind == ChangeKind.Tombstone ? null : new JsonObject
    {
        ["before"] = Row(change.Before, lacksNote: false),
        ["after"] = Row(change.After, change.LacksNote),
        ["op"] = change.Kind switch { ChangeKind.Create => "c", ChangeKind.Update => "u", ChangeKind.Delete => "d", ChangeKind.Read => "r", _ => "t" },
        ["source"] = new JsonObject
        {
            ["connector"] = "postgresql",
            ["snapshot"] = change.Snapshot switch { SnapshotPhase.None => "false", SnapshotPhase.Last => "last", SnapshotPhase.Incremental => "incremental", _ => "true" },
            ["sequence"] = $"[{(change.At.Major == 0 ? "null" : $"\"{change.At.Major}\"")},\"{change.At.Minor}\"]",
        },
    };

    private static JsonObject? Row(TableRow? row, bool lacksNote) => row is null ? null : new JsonObject
    {
        ["id"] = row.Id,
        ["amount"] = row.Amount,
        ["note"] = lacksNote ? "__debezium_unavailable_value" : row.Note,
        ["at"] = row.At,
    };
}
