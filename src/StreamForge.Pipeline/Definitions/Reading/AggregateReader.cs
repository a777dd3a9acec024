using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an item of a view's <c>aggregates</c>.</summary>
internal static class AggregateReader
{
    private static readonly string[] Built = ["count", "sum", "avg", "min", "max", "first", "last", "distinct"];
    private static readonly string[] Later = ["variance", "stddev", "last_n", "quantile", "top_k", "histogram", "ratio"];

    public static AggregateDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "aggregate", context.Faults) is not { } anonymous) return null;
        var name = anonymous.RequireText("name", "name: orders");
        var section = name is null ? anonymous : Section.Of(node, name.Location, $"aggregate '{name.Value}'", context.Faults)!;
        section.PassOver("name");
        if (name is not null) context.CheckName("feature", name);
        var functionNode = section.Require("function", "function: sum");
        var function = section.Choice("function", "aggregate function", functionNode, Built, Later);
        var built = Built.Contains(function, StringComparer.Ordinal);
        var of = built && function != "count" ? section.RequireText("of", "of: amount") : section.Text("of");
        var where = section.Text("where");
        var description = section.Text("description")?.Value;
        if (built && function != "distinct") section.Refuse("exact_up_to", $"'exact_up_to' belongs to distinct, not to {function}; remove it");
        var exactUpTo = built && function != "distinct" ? null : section.Integer("exact_up_to", 1);
        // Parameters of functions that are refused already, or misspelt.
        if (!built) section.PassOver("q", "relative_error", "n", "k", "bounds", "numerator", "denominator");
        section.Close();
        if (name is null || function is null) return null;
        return built ? new AggregateDefinition(name.Value, ((YamlScalar)functionNode!).Text, of, where, description, exactUpTo) { Location = name.Location } : null;
    }
}
