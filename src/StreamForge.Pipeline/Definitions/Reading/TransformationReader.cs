using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an item of <c>transformations</c>.</summary>
internal static class TransformationReader
{
    public static TransformationDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "transformation", context.Faults) is not { } anonymous) return null;
        var name = anonymous.RequireText("name", "name: lines");
        var section = name is null ? anonymous : Section.Of(node, name.Location, $"transformation '{name.Value}'", context.Faults)!;
        section.PassOver("name");
        var first = name is not null && context.DeclareInput("transformation", name);
        var type = section.Choice("type", "transformation type", section.Require("type", "type: sql_transform"), ["sql_transform"]);
        var input = section.RequireText("input", "input: orders");
        var sql = section.RequireText("sql", "sql: SELECT * FROM {{ input }}");
        var lookups = LookupReader.Read(section, context);
        var expectations = section.Items("expect", section.Find("expect")).Select(item => Expectation(item, section)).OfType<ExpectationDefinition>().ToImmutableArray();
        section.Close();
        if (name is null) return null;
        if (first && input is not null) context.Readings.Add(new ReadContext.Reading("transformation", name.Value, input));
        // Without its lookup tables a statement cannot be resolved, only parsed.
        if (type is null || input is null || sql is null || lookups is null) context.Broken.Add(name.Value);
        if (!first || sql is null) return null;
        return new TransformationDefinition(name.Value, name.Location, input ?? new LocatedText("", name.Location, [name.Location.Column]), sql, expectations) { Lookups = lookups ?? [] };
    }

    private static ExpectationDefinition? Expectation(YamlNode node, Section transformation)
    {
        if (Section.Of(node, node.Location, "expectation", transformation.Faults) is not { } section) return null;
        var must = section.Text("must");
        var should = section.Text("should");
        var within = section.Share("within");
        section.Close();
        if (must is not null && should is not null)
            section.Faults.Add(node.Location, "an expectation has either 'must' or 'should'; write one item for each");
        else if (section.Find("must") is null && section.Find("should") is null)
            section.Faults.Add(node.Location, "an expectation needs a condition, such as must: \"amount IS NOT NULL\" or should: \"amount < 1000\"");
        else if (section.Find("should") is null && section.Key("within") is { } key)
            section.Faults.Add(key.Location, "'within' belongs to 'should': every row that fails a 'must' is a dead letter; remove it");
        var condition = must ?? should;
        return condition is null ? null : new ExpectationDefinition(must is not null, condition, within ?? 0);
    }
}
