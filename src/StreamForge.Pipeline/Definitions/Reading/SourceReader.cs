using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an entry of <c>sources</c>.</summary>
internal static class SourceReader
{
    private static readonly string[] Built = ["files", "kafka", "iceberg", "clickstream"];
    private static readonly string[] Later = ["postgres", "http"];
    private static readonly string[] FormatsLater = ["protobuf", "debezium-avro"];

    public static SourceDefinition? Read(YamlEntry entry, ReadContext context)
    {
        var name = entry.Key.Text;
        var first = context.DeclareInput("source", name);
        var section = Section.Of(entry.Value, name.Location, $"source '{name.Value}'", context.Faults);
        if (section is null)
        {
            context.Broken.Add(name.Value);
            return null;
        }
        var type = section.Choice("type", "source type", section.Require("type", "type: files"), Built, Later);
        var before = context.Faults.Count;
        var schema = type == "clickstream" ? null : SchemaReader.Read(section);
        var misread = context.Faults.Count > before;
        var timeZone = TimeZone(section, type);
        ChangelogDefinition? changelog = null;
        SourceOptions? options = type switch
        {
            "files" => Files(section, context, out changelog),
            "kafka" => KafkaSourceReader.Read(section, context, timeZone, out changelog),
            "iceberg" => Iceberg(section, context),
            "clickstream" => Clickstream(section),
            _ => null,
        };
        var eventTime = section.Text("event_time");
        if (type == "clickstream") eventTime ??= new LocatedText("event_time", name.Location, [name.Location.Column]);
        if (type == "kafka" || changelog is not null) eventTime ??= RecordTime(section, name, schema);
        var definition = new SourceDefinition(
            name.Value, name.Location, options ?? new UnreadableSourceOptions(), schema, eventTime, timeZone,
            Watermark(section), section.Choice("on_error", "value for on_error", section.Find("on_error"), ["dead_letter", "fail"]) == "fail" ? OnError.Fail : OnError.DeadLetter)
        { Changelog = changelog };
        // The fields of the other types are not laid out yet, and those of a type that could not be read are anybody's guess.
        if (type is "files" or "iceberg" or "clickstream" or "kafka") section.Close();
        if (misread || (schema is null && options is null)) context.Broken.Add(name.Value);
        return first ? definition : null;
    }

    private static FilesSourceOptions? Files(Section section, ReadContext context, out ChangelogDefinition? changelog)
    {
        var path = section.RequireText("path", "path: orders/*.csv");
        var format = section.Choice("format", "format", section.Require("format", "format: csv"), ["csv", "json", "debezium-json", "avro", "parquet"], FormatsLater);
        changelog = ChangelogReader.Read(section, format);
        var resolved = path is null ? null : context.Resolve(path);
        return resolved is null || format is not ("csv" or "json" or "debezium-json" or "avro" or "parquet") ? null : new FilesSourceOptions(resolved, format);
    }

    private static IcebergSourceOptions? Iceberg(Section section, ReadContext context)
    {
        RefuseChangelogFields(section);
        section.Refuse("format", $"'format' belongs to a source of type files, and a table says its own; remove it");
        var table = section.Text("table");
        var path = section.Text("path");
        if (table is not null && path is not null)
            section.Faults.Add(path.Location, $"the {section.What} names both a table and a path; keep 'table' for one of the pipeline's warehouse, or 'path' for the folder of any other");
        else if (table is not null && !SinkReader.CheckName(table, section.Faults))
            return null;
        else if (table is null && path is null)
            section.RequireText("table", "table: retail.order_lines");
        else
            return path is null ? new IcebergSourceOptions(table!.Value, null) : context.Resolve(path) is { } resolved ? new IcebergSourceOptions(null, resolved) : null;
        return null;
    }

    private static ClickstreamSourceOptions Clickstream(Section section)
    {
        RefuseChangelogFields(section);
        return new ClickstreamSourceOptions(
            section.Positive("rate"),
            section.Integer("events", 1),
            (int)(section.Integer("users", 1, int.MaxValue) ?? 1000),
            (int)(section.Integer("products", 1, int.MaxValue) ?? 500),
            section.Integer("seed", long.MinValue) ?? 1,
            section.Share("late") ?? 0.02)
        {
            CatchUp = section.Duration("catch_up", zero: true),
        };
    }

    /// <summary>A record's own timestamp, or that of a change, says when it happened, unless a declared column took that name.</summary>
    private static LocatedText RecordTime(Section section, LocatedText name, ImmutableArray<SchemaField>? schema)
    {
        const string column = "event_timestamp";
        if (schema?.FirstOrDefault(f => f.Name == column) is { } own)
            section.Faults.Add(own.Location, $"the column '{column}' hides the record's timestamp, which is the event time where none is named; name one with 'event_time'");
        return new LocatedText(column, name.Location, [name.Location.Column]);
    }

    public static void RefuseChangelogFields(Section section)
    {
        foreach (var field in (ReadOnlySpan<string>)["key", "before"])
            section.Refuse(field, $"'{field}' belongs to a changelog, and the {section.What} only appends; remove it, or use a changelog format such as debezium-json");
    }

    private static TimeZoneInfo TimeZone(Section section, string? type)
    {
        if (type == "clickstream" || section.Scalar("timezone", section.Find("timezone")) is not { } zone || zone.Value == "UTC") return TimeZoneInfo.Utc;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone.Value, out var found)) return found;
        var nearest = NearestName.Find(zone.Value, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id));
        section.Faults.Add(zone.Location, $"unknown time zone {zone.Quoted}; {(nearest is null ? "use a name of the IANA database, such as UTC or Europe/London" : $"did you mean '{nearest}'?")}");
        return TimeZoneInfo.Utc;
    }

    private static WatermarkDefinition Watermark(Section source)
    {
        var standard = WatermarkDefinition.Default;
        if (source.Child("watermark") is not { } section) return standard;
        var watermark = new WatermarkDefinition(
            section.Duration("out_of_orderness", zero: true) ?? standard.OutOfOrderness,
            section.Duration("idle_timeout") ?? standard.IdleTimeout,
            section.Duration("allowed_lateness", zero: true) ?? standard.AllowedLateness,
            section.Duration("max_future", zero: true) ?? standard.MaxFuture);
        section.Close();
        return watermark;
    }
}

/// <summary>Reads a source's <c>schema</c>: <c>auto</c>, or a list of columns.</summary>
internal static class SchemaReader
{
    /// <returns>null for auto.</returns>
    public static ImmutableArray<SchemaField>? Read(Section source)
    {
        var node = source.Find("schema");
        if (node is null or YamlScalar { Value: "auto" } or YamlScalar { Readable: false }) return null;
        if (node is YamlScalar other)
        {
            source.Faults.Add(other.Location, $"'schema' must be auto or a list of columns such as {{name: UnitPrice, type: \"decimal(10,3)\"}}, not {other.Quoted}");
            return null;
        }
        var fields = ImmutableArray.CreateBuilder<SchemaField>();
        foreach (var item in source.Items("schema", node))
        {
            if (Section.Of(item, item.Location, "column", source.Faults) is not { } section) continue;
            if (Field(section) is not { } field) continue;
            if (fields.FirstOrDefault(f => f.Name == field.Name) is { } first)
                source.Faults.Add(field.Location, $"the column '{field.Name}' is already declared at line {first.Location.Line}; keep one of the two");
            else fields.Add(field);
        }
        if (node is YamlSequence { Items.IsEmpty: true }) source.Faults.Add(node.Location, "'schema' lists no columns; name at least one, or write schema: auto");
        return fields.ToImmutable();
    }

    /// <summary>A type, or null after a fault.</summary>
    public static DataType? Type(Section section, YamlNode? node)
    {
        if (section.Scalar("type", node) is not { } scalar) return null;
        if (DataType.TryParse(scalar.Value, out var type)) return type;
        string[] names = ["boolean", "int", "bigint", "double", "decimal(p,s)", "string", "bytes", "date", "timestamp", "timestamptz", "array", "map", "row"];
        var advice = scalar.Value.TrimStart().StartsWith("dec", StringComparison.OrdinalIgnoreCase)
            ? "; a decimal is written decimal(p,s) with 1 to 38 digits, s of them after the point"
            : DefinitionText.Suggest(scalar.Value, names);
        section.Faults.Add(scalar.Location, $"unknown type {scalar.Quoted}{advice}");
        return null;
    }

    private static SchemaField? Field(Section section)
    {
        var name = section.RequireText("name", "name: UnitPrice");
        var type = Type(section, section.Require("type", "type: bigint"));
        var unit = section.Choice("unit", "unit", section.Find("unit"), ["s", "ms", "us", "ns"]);
        if (unit is not null && type is { IsTimestamp: false })
            section.Faults.Add(section.Key("unit")!.Location, $"'unit' belongs to a timestamp that is given as an integer, not to a {type}; remove it");
        section.Close();
        // A column whose type could not be read is kept as text, so that its name is known to what reads it.
        return name is null ? null : new SchemaField(name.Value, type ?? DataType.String, unit switch { "s" => EventTime.Second, "ms" => 1000, "us" => 1, "ns" => -1000, _ => 0 }, name.Location);
    }
}
