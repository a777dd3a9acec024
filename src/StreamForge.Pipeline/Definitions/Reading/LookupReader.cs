using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads a transformation's <c>lookups</c>: <c>{products: {path: products.csv, key: StockCode}}</c>.</summary>
internal static class LookupReader
{
    /// <returns>null when one of them has faults, so that SQL which joins it cannot be judged.</returns>
    public static ImmutableArray<LookupDefinition>? Read(Section transformation, ReadContext context)
    {
        var before = context.Faults.Count;
        var lookups = transformation.Entries("lookups", transformation.Find("lookups")).Select(entry => Lookup(entry, context)).ToArray();
        return context.Faults.Count > before ? null : [.. lookups.OfType<LookupDefinition>()];
    }

    private static LookupDefinition? Lookup(YamlEntry entry, ReadContext context)
    {
        var name = entry.Key.Text;
        context.CheckName("lookup", name);
        if (Section.Of(entry.Value, name.Location, $"lookup '{name.Value}'", context.Faults) is not { } section) return null;
        var path = section.RequireText("path", "path: products.csv");
        var resolved = path is null ? null : context.Resolve(path);
        var format = section.Choice("format", "format", section.Find("format"), ["csv", "json"], "avro", "parquet");
        if (format is null && resolved is not null && section.Find("format") is null)
        {
            format = FormatOf(resolved);
            if (format is null) context.Faults.Add(path!.Location, $"the name of {DefinitionText.Quote(path.Value)} does not say its format; add format: csv or format: json");
        }
        var key = Key(section);
        var schema = SchemaReader.Read(section);
        section.Close();
        if (schema is { } fields)
        {
            foreach (var column in key.Where(k => fields.All(f => f.Name != k.Value)))
                context.Faults.Add(column.Location, $"the key {DefinitionText.Quote(column.Value)} is not among the columns of the {section.What}{DefinitionText.Suggest(column.Value, fields.Select(f => f.Name))}");
        }
        return resolved is null || format is null ? null : new LookupDefinition(name.Value, name.Location, resolved, path!.Location, format, key, schema);
    }

    /// <summary>One column, or a list of them.</summary>
    private static ImmutableArray<LocatedText> Key(Section section)
    {
        var node = section.Require("key", "key: StockCode");
        if (node is not YamlSequence list) return section.Scalar("key", node) is { } scalar ? [scalar.Text] : [];
        if (list.Items.IsEmpty) section.Faults.Add(list.Location, "'key' must name at least one column, such as key: StockCode");
        var names = list.Items.Select(item => section.Scalar("key", item)?.Text).OfType<LocatedText>().ToImmutableArray();
        foreach (var repeated in names.Where((n, i) => names.Take(i).Any(other => other.Value == n.Value)))
            section.Faults.Add(repeated.Location, $"the key names {DefinitionText.Quote(repeated.Value)} twice; remove one");
        return names;
    }

    /// <summary>By the name's ending, before that of its compression.</summary>
    private static string? FormatOf(string path)
    {
        var ending = Path.GetExtension(path);
        if (ending is ".gz" or ".zst") ending = Path.GetExtension(path[..^ending.Length]);
        return ending.ToLowerInvariant() switch
        {
            ".csv" => "csv",
            ".json" or ".jsonl" or ".ndjson" => "json",
            _ => null,
        };
    }
}
