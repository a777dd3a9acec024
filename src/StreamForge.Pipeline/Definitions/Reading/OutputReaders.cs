using System.Collections.Immutable;
using System.Text;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an item of <c>services</c>.</summary>
internal static class ServiceReader
{
    public static ServiceDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "service", context.Faults) is not { } section) return null;
        var name = section.RequireText("name", "name: churn_v1");
        var first = name is not null && context.Declare("service", name);
        var list = section.Require("features", "features: [\"customer_activity:*\"]");
        if (list is YamlSequence { Items.IsEmpty: true }) context.Faults.Add(list.Location, "'features' must name at least one, such as customer_activity:*");
        var features = section.Items("features", list).Select(item => section.Scalar("features", item)?.Text).OfType<LocatedText>().ToImmutableArray();
        section.Close();
        return first ? new ServiceDefinition(name!.Value, name.Location, features) : null;
    }
}

/// <summary>Reads an item of <c>tests</c>.</summary>
internal static class TestReader
{
    public static TestDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "test", context.Faults) is not { } section) return null;
        var given = ImmutableArray.CreateBuilder<string>();
        foreach (var row in section.Items("given", section.Require("given", "given: [{customer_id: 5, amount: 3.00, at: \"2024-01-01T10:00:00Z\"}]")))
        {
            if (row is not YamlMapping mapping) context.Faults.Add(row.Location, $"a given row must be a mapping of columns to values, not {row.Kind}");
            else if (CoreSchema.Json(mapping, context.Faults) is { } json) given.Add(json);
        }
        var view = section.RequireText("view", "view: customer_activity");
        var key = Values(section, "key", "key: {customer_id: 5}")
            .Where(pair => NotNull(pair, context)).Select(pair => KeyValuePair.Create(pair.Name.Value, pair.Value!)).ToImmutableArray();
        var keyPlaces = section.Entries("key", section.Find("key"));
        var expect = Values(section, "expect", "expect: {spend_1h: 3}").Select(pair => KeyValuePair.Create(pair.Name, pair.Value)).ToImmutableArray();
        var test = new TestDefinition(node.Location, section.Text("name")?.Value, section.Text("source")?.Value, given.ToImmutable(), At(section), view ?? new LocatedText("", node.Location, [node.Location.Column]), key, expect)
        {
            KeyLocation = keyPlaces.IsEmpty ? node.Location : keyPlaces[0].Key.Location,
            SourceLocation = section.Find("source")?.Location ?? node.Location,
        };
        section.Close();
        return view is null ? null : test;
    }

    private static long? At(Section section)
    {
        if (section.Scalar("at", section.Find("at")) is not { } scalar) return null;
        if (Iso8601.TryParse(Encoding.UTF8.GetBytes(scalar.Value.Trim()), out var micros, out _)) return micros;
        section.Faults.Add(scalar.Location, $"'at' must be a moment such as \"2011-01-01T11:00:00Z\", not {scalar.Quoted}");
        return null;
    }

    private static IEnumerable<(LocatedText Name, string? Value)> Values(Section section, string field, string example)
    {
        var node = section.Require(field, example);
        if (node is YamlMapping { Entries.IsEmpty: true }) section.Faults.Add(node.Location, $"'{field}' must not be empty; write for example {example}");
        var values = new List<(LocatedText, string?)>();
        foreach (var (key, value) in section.Entries(field, node))
        {
            if (field == "expect" && value is YamlSequence list)
            {
                if (CoreSchema.Json(list, section.Faults) is { } json) values.Add((key.Text, json));
                continue;
            }
            if (section.Scalar(key.Value, value) is not { } scalar) continue;
            if (CoreSchema.TryText(scalar, out var text)) values.Add((key.Text, text));
            else section.Faults.Add(scalar.Location, $"{scalar.Quoted} cannot be a value here; features are finite numbers, texts, booleans or null");
        }
        return values;
    }

    private static bool NotNull((LocatedText Name, string? Value) pair, ReadContext context)
    {
        if (pair.Value is not null) return true;
        context.Faults.Add(pair.Name.Location, $"the key column '{pair.Name.Value}' needs a value; a row whose entity is null is outside every view");
        return false;
    }
}
