using System.Collections.Immutable;
using StreamForge.Features.Aggregates;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an item of a view's <c>aggregates</c>.</summary>
internal static class AggregateReader
{
    private const int MostValues = 1000;
    private const int MostBounds = 1000;

    private static readonly string[] Functions =
        ["count", "sum", "avg", "min", "max", "variance", "stddev", "first", "last", "last_n", "distinct", "quantile", "top_k", "histogram", "ratio"];

    /// <summary>Each parameter and the function that it belongs to.</summary>
    private static readonly (string Field, string Function)[] Parameters =
    [
        ("exact_up_to", "distinct"), ("q", "quantile"), ("relative_error", "quantile"), ("n", "last_n"), ("k", "top_k"), ("bounds", "histogram"),
        ("numerator", "ratio"), ("denominator", "ratio"),
    ];

    public static AggregateDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "aggregate", context.Faults) is not { } anonymous) return null;
        var name = anonymous.RequireText("name", "name: orders");
        var section = name is null ? anonymous : Section.Of(node, name.Location, $"aggregate '{name.Value}'", context.Faults)!;
        section.PassOver("name");
        if (name is not null) context.CheckName("feature", name);
        var functionNode = section.Require("function", "function: sum");
        var function = section.Choice("function", "aggregate function", functionNode, Functions);
        foreach (var (field, owner) in Parameters)
        {
            if (function is null) section.PassOver(field);
            else if (owner != function) section.Refuse(field, $"'{field}' belongs to {owner}, not to {function}; remove it");
        }
        var of = function is null or "count" or "ratio" ? section.Text("of") : section.RequireText("of", "of: amount");
        var result = new AggregateDefinition(
            name?.Value ?? "", functionNode is YamlScalar scalar ? scalar.Text : null!, of, section.Text("where"), section.Text("description")?.Value,
            function == "distinct" ? section.Integer("exact_up_to", 1) : null)
        {
            Location = name?.Location ?? section.Place,
            Q = function == "quantile" && section.Require("q", "q: 0.95") is not null ? section.Share("q") : null,
            RelativeError = function == "quantile" ? RelativeError(section) : null,
            N = function == "last_n" && section.Require("n", "n: 5") is not null ? section.Integer("n", 1, MostValues) : null,
            K = function == "top_k" && section.Require("k", "k: 3") is not null ? section.Integer("k", 1, MostValues) : null,
            Bounds = function == "histogram" ? Bounds(section) : [],
        };
        if (function == "ratio") result = Ratio(section, result);
        section.Close();
        return name is null || function is null ? null : result;
    }

    private static double? RelativeError(Section section) =>
        section.Number("relative_error", "a number from 0.000001 to below 1, such as 0.01", error => error is >= 1e-6 and < 1);

    private static ImmutableArray<LocatedText> Bounds(Section section)
    {
        if (section.Require("bounds", "bounds: [10, 100, 1000]") is not { } node) return [];
        var items = section.Items("bounds", node).Select(item => section.Scalar("bounds", item)?.Text).OfType<LocatedText>().ToImmutableArray();
        if (node is YamlSequence { Items.Length: 0 or > MostBounds })
            section.Faults.Add(node.Location, $"'bounds' must have from 1 to {MostBounds} numbers, such as [10, 100, 1000]");
        ExactNumber? before = null;
        foreach (var item in items)
        {
            if (!ExactNumber.TryParse(item.Value.Trim(), out var bound))
                section.Faults.Add(item.Location, $"a bound must be a number, not '{item.Value}'");
            else if (before is { } lower && bound.CompareTo(lower) <= 0)
                section.Faults.Add(item.Location, $"the bound {item.Value} is not above the one before it; bounds must ascend");
            else
                before = bound;
        }
        return items;
    }

    private static AggregateDefinition Ratio(Section section, AggregateDefinition read)
    {
        var result = read with { Numerator = section.Text("numerator"), Denominator = section.Text("denominator") };
        if (result.Of is null)
        {
            if (section.Key("numerator") is null)
                section.Faults.Add(section.Place, $"the {section.What} needs 'numerator', such as numerator: amount, or 'of', the condition whose share is wanted, such as of: cancelled");
        }
        else if ((section.Key("numerator") ?? section.Key("denominator")) is { } key)
        {
            section.Faults.Add(key.Location, $"{key.Quoted} of a ratio does not go with 'of', which is a condition whose share is wanted; remove one of them");
        }
        return result;
    }
}
