using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Server.Lookup;

namespace StreamForge.Server.Control;

/// <summary>
/// A pipeline's JSON: its numbers, and its stages as a graph whose nodes have an <c>id</c> such as <c>view:user_activity</c> and whose edges name two of them.
/// </summary>
internal static class PipelineDocument
{
    public static void WriteList(Utf8JsonWriter json, ImmutableArray<PipelineStatus> pipelines)
    {
        json.WriteStartObject();
        json.WriteNumber("total", pipelines.Length);
        json.WriteStartArray("items");
        foreach (var pipeline in pipelines) Write(json, pipeline);
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, PipelineStatus pipeline)
    {
        json.WriteStartObject();
        json.WriteString("name", pipeline.Name);
        json.WriteString("version", pipeline.Version);
        json.WriteString("description", pipeline.Description);
        json.WriteString("state", pipeline.State switch { PipelineState.Running => "running", PipelineState.Stopped => "stopped", _ => "failed" });
        json.WriteString("reason", pipeline.Reason);
        json.WritePropertyName("started");
        JsonValues.WriteTime(json, pipeline.Started);
        json.WriteNumber("events", pipeline.Events);
        json.WriteNumber("rows", pipeline.Rows);
        json.WriteNumber("events_per_second", Math.Round(pipeline.EventsPerSecond, 1));
        json.WriteNumber("dead_letters", pipeline.DeadLetters);
        json.WriteNumber("late", pipeline.Late);
        json.WriteNumber("degraded", pipeline.Degraded);
        json.WriteStartObject("skipped");
        json.WriteNumber("duplicates", pipeline.Skipped.Duplicates);
        json.WriteNumber("expired", pipeline.Skipped.Expired);
        json.WriteNumber("passed_over", pipeline.Skipped.PassedOver);
        json.WriteNumber("null_keys", pipeline.Skipped.NullKeys);
        json.WriteEndObject();
        json.WriteNumber("unexpected", pipeline.Unexpected);
        json.WriteNumber("truncates", pipeline.Truncates);
        json.WritePropertyName("watermark");
        JsonValues.WriteTime(json, pipeline.Watermark);
        json.WriteNumber("checkpoint", pipeline.Checkpoint);
        WriteNumber(json, "progress", pipeline.Progress, 4);
        json.WriteStartObject("stages");
        json.WriteStartArray("nodes");
        foreach (var stage in pipeline.Stages) Write(json, stage);
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (var edge in pipeline.Edges)
        {
            json.WriteStartObject();
            json.WriteString("from", Id(pipeline.Stages[edge.From]));
            json.WriteString("to", Id(pipeline.Stages[edge.To]));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StageStatus stage)
    {
        json.WriteStartObject();
        json.WriteString("id", Id(stage));
        json.WriteString("kind", Word(stage.Kind));
        json.WriteString("name", stage.Name);
        json.WriteString("type", stage.Type);
        json.WriteString("detail", stage.Detail);
        WriteNumber(json, "count", stage.Count, 0);
        WriteNumber(json, "per_second", stage.PerSecond, 1);
        json.WritePropertyName("watermark");
        JsonValues.WriteTime(json, stage.Watermark);
        WriteNumber(json, "lag_seconds", stage.LagSeconds, 1);
        WriteNumber(json, "keys", stage.Keys, 0);
        WriteNumber(json, "degraded", stage.Degraded, 0);
        WriteNumber(json, "expired", stage.Expired, 0);
        WriteNumber(json, "progress", stage.Progress, 4);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value, int digits)
    {
        if (value is { } number) json.WriteNumber(name, Math.Round(number, digits));
        else json.WriteNull(name);
    }

    private static string Id(StageStatus stage) => $"{Word(stage.Kind)}:{stage.Name}";

    private static string Word(StageKind kind) => kind switch
    {
        StageKind.Source => "source",
        StageKind.Transformation => "transformation",
        StageKind.View => "view",
        _ => "sink",
    };
}
