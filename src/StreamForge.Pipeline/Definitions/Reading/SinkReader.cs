using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an entry of <c>sinks</c>.</summary>
internal static class SinkReader
{
    private const int LongestPart = 128;

    private static readonly string[] FilesFields = ["path", "format"];
    private static readonly string[] TableFields = ["table", "partition_by", "file_format", "commit_interval"];

    public static SinkDefinition? Read(YamlEntry entry, ReadContext context)
    {
        var name = entry.Key.Text;
        var first = context.Declare("sink", name);
        if (Section.Of(entry.Value, name.Location, $"sink '{name.Value}'", context.Faults) is not { } section) return null;
        var type = section.Choice("type", "sink type", section.Require("type", "type: iceberg"), ["iceberg", "files"], "kafka");
        var input = section.RequireText("input", "input: lines");
        var mode = section.Choice("mode", "mode", section.Find("mode"), ["append"], "upsert");
        if (type == "kafka" || mode == "upsert") section.PassOver("key");
        else section.NotYet("'key', which belongs to mode: upsert,", "key");
        SinkOptions? options = type switch
        {
            "files" => Files(section, context),
            "iceberg" => Table(section),
            _ => null,
        };
        if (type is null or "kafka") section.PassOver([.. FilesFields, .. TableFields, "topic", "connection", "properties", "security", "schema_registry"]);
        section.Close();
        if (first && input is not null) context.Readings.Add(new ReadContext.Reading("sink", name.Value, input));
        return first && input is not null && options is not null ? new SinkDefinition(name.Value, name.Location, options, input) : null;
    }

    private static FilesSinkOptions Files(Section section, ReadContext context)
    {
        var text = section.RequireText("path", "path: out/lines");
        var path = text is null ? null : context.Resolve(text);
        section.Choice("format", "format", section.Find("format"), ["json"], "csv", "avro", "parquet");
        foreach (var field in TableFields) section.Refuse(field, $"'{field}' belongs to a sink of type iceberg; remove it here");
        return new FilesSinkOptions(path ?? "");
    }

    private static IcebergSinkOptions? Table(Section section)
    {
        foreach (var field in FilesFields)
            section.Refuse(field, $"'{field}' belongs to a sink of type files; a table's place is its name under the warehouse{(field == "format" ? ", and its files' format is 'file_format'" : "")}");
        var table = section.RequireText("table", "table: retail.order_lines");
        var parts = table?.Value.Split('.') ?? [];
        if (table is not null) CheckName(table, section.Faults);
        var partitionBy = section.Items("partition_by", section.Find("partition_by"))
            .Select(item => section.Scalar("partition_by", item)?.Text).OfType<LocatedText>().ToImmutableArray();
        var format = section.Choice("file_format", "file format", section.Find("file_format"), ["parquet", "avro"], "orc") ?? "parquet";
        var interval = section.Duration("commit_interval");
        return table is null ? null : new IcebergSinkOptions(table, [.. parts.SkipLast(1)], parts[^1], partitionBy, format, interval);
    }

    /// <summary>Whether a table's name is right: its parts become folders, parts of URIs, and names in other people's SQL.</summary>
    public static bool CheckName(LocatedText table, FaultLog faults)
    {
        var parts = table.Value.Split('.');
        if (parts.Length < 2)
            faults.Add(table.Location, $"the table {DefinitionText.Quote(table.Value)} needs a namespace before its name, such as retail.{(IsSafe(parts[0]) ? parts[0] : "order_lines")}");
        else if (parts.FirstOrDefault(p => !IsSafe(p)) is { } part)
        {
            faults.Add(table.Location, part.Length == 0
                ? $"the table {DefinitionText.Quote(table.Value)} has an empty part; write for example retail.order_lines"
                : $"{DefinitionText.Quote(part)} cannot be part of a table's name; use up to {LongestPart} letters a-z and A-Z, digits, _ and -, the first a letter, a digit or _");
        }
        else
        {
            return true;
        }
        return false;
    }

    private static bool IsSafe(string part) =>
        part.Length is > 0 and <= LongestPart && part[0] != '-' && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
