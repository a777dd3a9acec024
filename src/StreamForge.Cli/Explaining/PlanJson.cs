using System.Text.Json;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Server.Lookup;

namespace StreamForge.Cli.Explaining;

/// <summary>A plan for programs: <c>{pipeline, version, sources, transformations, views, services, sinks}</c>; durations as pipeline files write them. A sink's <c>warehouse</c> is null for the one in the data directory.</summary>
internal static class PlanJson
{
    public static void Write(Utf8JsonWriter json, PipelinePlan plan)
    {
        json.WriteStartObject();
        json.WriteString("pipeline", plan.Name);
        json.WriteString("version", plan.Definition.Version);
        Array("sources", plan.Sources, source => WriteSource(json, source));
        Array("transformations", plan.Sources.SelectMany(s => s.Transformations), transformation => WriteTransformation(json, transformation));
        Array("views", plan.Views, view => WriteView(json, view));
        Array("services", plan.Services, service =>
        {
            json.WriteString("name", service.Name);
            Strings(json, "features", service.Features);
        });
        Array("sinks", plan.Sinks, sink => WriteSink(json, plan, sink));
        json.WriteEndObject();

        void Array<T>(string name, IEnumerable<T> items, Action<T> write)
        {
            json.WriteStartArray(name);
            foreach (var item in items)
            {
                json.WriteStartObject();
                write(item);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }

    private static void WriteSource(Utf8JsonWriter json, SourcePlan source)
    {
        var watermark = source.Definition.Watermark;
        json.WriteString("name", source.Name);
        json.WriteString("type", PlanWords.Type(source.Definition.Options));
        WriteFields(json, "schema", source.Schema.Fields);
        Strings(json, "columns_read", source.Columns.Fields.Select(f => f.Name));
        json.WriteString("event_time", source.Columns[source.EventTimeColumn].Name);
        if (source.Definition.Changelog is { } changelog)
        {
            json.WriteStartObject("changelog");
            Strings(json, "key", changelog.Key.Select(k => k.Value));
            json.WriteString("before", changelog.Before == BeforeImages.Stored ? "stored" : "full");
            if (changelog.Before == BeforeImages.Stored) WriteImageSize(json, ImageSize.Of(source.Columns));
            json.WriteEndObject();
        }
        json.WriteString("timezone", source.Definition.TimeZone.Id);
        json.WriteStartObject("watermark");
        json.WriteString("out_of_orderness", Duration.Format(watermark.OutOfOrderness));
        json.WriteString("idle_timeout", Duration.Format(watermark.IdleTimeout));
        json.WriteString("allowed_lateness", Duration.Format(watermark.AllowedLateness));
        json.WriteString("max_future", Duration.Format(watermark.MaxFuture));
        json.WriteEndObject();
        json.WriteString("on_error", source.Definition.OnError == OnError.Fail ? "fail" : "dead_letter");
    }

    private static void WriteTransformation(Utf8JsonWriter json, TransformationPlan transformation)
    {
        json.WriteString("name", transformation.Name);
        json.WriteString("input", transformation.Definition.Input.Value);
        json.WriteString("sql", transformation.Definition.Sql.Value);
        WriteFields(json, "schema", transformation.FullOutput.Fields);
        Strings(json, "columns_computed", transformation.Query.Output.Fields.Select(f => f.Name));
        json.WriteStartArray("lookups");
        foreach (var lookup in transformation.Lookups.Select(l => l.Description))
        {
            json.WriteStartObject();
            json.WriteString("name", lookup.Name);
            json.WriteString("file", lookup.File);
            Strings(json, "key", lookup.Key);
            WriteFields(json, "schema", lookup.Schema.Fields);
            json.WriteNumber("rows", lookup.Rows);
            json.WriteNumber("bytes", lookup.Bytes);
            json.WriteString("hash", lookup.Hash);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSink(Utf8JsonWriter json, PipelinePlan plan, SinkPlan sink)
    {
        json.WriteString("name", sink.Name);
        json.WriteString("type", sink.Definition.Options.Type);
        json.WriteString("input", sink.Definition.Input.Value);
        json.WriteBoolean("closed_windows", sink.View >= 0);
        if (sink.Definition.Options is not IcebergSinkOptions table)
        {
            json.WriteString("path", sink.Definition.Options.Target);
            WriteFields(json, "schema", sink.Schema.Fields);
            return;
        }
        json.WriteString("table", table.Name.Value);
        json.WriteString("warehouse", plan.Definition.Warehouse);
        Strings(json, "partition_by", sink.PartitionBy.Select(p => p.ToString()));
        json.WriteString("file_format", table.FileFormat);
        json.WriteString("commit_interval", table.CommitInterval is { } interval ? Duration.Format(interval) : null);
        WriteFields(json, "schema", TableColumns.Of(sink.Schema).Fields);
    }

    private static void WriteView(Utf8JsonWriter json, ViewPlan view)
    {
        var facts = ViewFacts.Of(view);
        json.WriteString("name", view.Name);
        json.WriteString("input", view.Definition.Input.Value);
        WriteFields(json, "entity", view.Description.Entity);
        json.WriteString("event_time", view.EventTime);
        json.WriteString("clock", view.Clock.ToString().ToLowerInvariant());
        json.WriteString("ttl", view.Definition.Ttl is { } ttl ? Duration.Format(ttl) : null);
        json.WriteNumber("slots", view.Layout.Slots.Length);
        json.WriteNumber("tile_bytes", facts.TileBytes);
        json.WriteNumber("key_bytes_least", facts.LeastKeyBytes);
        json.WriteNumber("key_bytes_most", facts.MostKeyBytes);
        json.WriteStartArray("windows");
        foreach (var window in view.Layout.Windows)
        {
            var series = window.Series < 0 || window.Shape == WindowShape.Lifetime ? null : view.Layout.Series[window.Series];
            json.WriteStartObject();
            json.WriteString("name", window.Name);
            json.WriteString("kind", window.Shape.ToString().ToLowerInvariant());
            json.WriteString("resolution", series is null ? null : Duration.Format(series.Resolution));
            json.WriteString("retention", series is null ? null : Duration.Format(series.Retention));
            if (series is not null) json.WriteNumber("tiles_most", ViewFacts.Tiles(series));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("features");
        foreach (var feature in view.Description.Features)
        {
            json.WriteStartObject();
            json.WriteString("name", feature.Name);
            json.WriteString("type", feature.Type.ToString());
            json.WriteString("function", feature.Function);
            json.WriteString("window", feature.Window < 0 ? null : view.Description.Windows[feature.Window].Name);
            FeatureErrorJson.Write(json, feature);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteImageSize(Utf8JsonWriter json, ImageSize size)
    {
        json.WriteStartObject("bytes_a_row");
        json.WriteNumber("least", size.Least);
        json.WriteNumber("most", size.Most);
        json.WriteBoolean("and_texts", size.HasTexts);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, string name, IEnumerable<Field> fields)
    {
        json.WriteStartArray(name);
        foreach (var field in fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("type", field.Type.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
