using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions.Yaml;

namespace StreamForge.Pipeline.Definitions.Reading;

/// <summary>Reads an item of <c>features</c>. A view with a fault in what its features are named after is broken: references to its features are not judged.</summary>
internal static class ViewReader
{
    public static ViewDefinition? Read(YamlNode node, ReadContext context)
    {
        if (Section.Of(node, node.Location, "view", context.Faults) is not { } anonymous) return null;
        var name = anonymous.RequireText("view", "view: customer_activity");
        var section = name is null ? anonymous : Section.Of(node, name.Location, $"view '{name.Value}'", context.Faults)!;
        section.PassOver("view");
        var first = name is not null && context.DeclareInput("view", name);
        var input = section.RequireText("input", "input: lines");
        var entity = Entity(section, context);
        var before = context.Faults.Count;
        var windows = WindowReader.Read(section);
        var aggregates = Aggregates(section, context);
        var derived = Derived(section, context);
        FeatureNames.CheckUnique(windows, aggregates, derived, context.Faults);
        var misnamed = context.Faults.Count > before;
        var exact = section.Flag("exact") == true;
        var clock = section.Choice("clock", "clock", section.Find("clock"), ["event", "wall"]);
        var view = new ViewDefinition(
            name?.Value ?? "", name?.Location ?? node.Location, input ?? new LocatedText("", node.Location, [node.Location.Column]), entity, section.Text("event_time"),
            windows, section.Duration("resolution"), aggregates, derived,
            clock switch { "event" => ViewClock.Event, "wall" => ViewClock.Wall, _ => null },
            section.Duration("ttl"), section.Duration("freshness"), section.Text("description")?.Value)
        {
            Exact = exact,
        };
        section.Close();
        if (name is null) return null;
        if (first && input is not null) context.Readings.Add(new ReadContext.Reading("view", name.Value, input));
        if (misnamed) context.Misnamed.Add(name.Value);
        if (misnamed || input is null) context.Broken.Add(name.Value);
        return first ? view : null;
    }

    private static ImmutableArray<EntityDefinition> Entity(Section view, ReadContext context)
    {
        var result = ImmutableArray.CreateBuilder<EntityDefinition>();
        var node = view.Require("entity", "entity: [{name: customer_id, type: bigint}]");
        foreach (var item in view.Items("entity", node))
        {
            EntityDefinition? entity = null;
            if (item is YamlScalar) entity = view.Scalar("entity", item) is { } column ? new EntityDefinition(column.Value, null, column.Text.Location) : null;
            else if (Section.Of(item, item.Location, "entity column", context.Faults) is { } section)
            {
                var name = section.RequireText("name", "name: customer_id");
                var type = SchemaReader.Type(section, section.Find("type"));
                if (type is { Kind: TypeKind.Array or TypeKind.Map or TypeKind.Row })
                    context.Faults.Add(section.Find("type")!.Location, $"a key cannot be of type {type}; use a scalar such as bigint or string");
                section.Close();
                entity = name is null ? null : new EntityDefinition(name.Value, type, name.Location);
            }
            if (entity is null) continue;
            if (string.IsNullOrWhiteSpace(entity.Name)) context.Faults.Add(entity.Location, "an entity column needs a name, such as customer_id");
            else if (result.Any(e => e.Name == entity.Name)) context.Faults.Add(entity.Location, $"the entity column '{entity.Name}' is named twice; keep one of the two");
            else result.Add(entity);
        }
        if (node is YamlSequence { Items.IsEmpty: true }) context.Faults.Add(node.Location, "'entity' must name at least one column, such as [customer_id]");
        return result.ToImmutable();
    }

    private static ImmutableArray<AggregateDefinition> Aggregates(Section view, ReadContext context)
    {
        var node = view.Require("aggregates", "aggregates: [{name: orders, function: count}]");
        if (node is YamlSequence { Items.IsEmpty: true }) context.Faults.Add(node.Location, "'aggregates' must hold at least one, such as {name: orders, function: count}");
        var result = ImmutableArray.CreateBuilder<AggregateDefinition>();
        foreach (var item in view.Items("aggregates", node))
        {
            if (AggregateReader.Read(item, context) is not { } aggregate) continue;
            if (result.FirstOrDefault(a => a.Name == aggregate.Name) is { } first)
                context.Faults.Add(aggregate.Location, $"the aggregate '{aggregate.Name}' is already defined at line {first.Location.Line}; give this one another name");
            else result.Add(aggregate);
        }
        return result.ToImmutable();
    }

    private static ImmutableArray<DerivedDefinition> Derived(Section view, ReadContext context)
    {
        var result = ImmutableArray.CreateBuilder<DerivedDefinition>();
        foreach (var item in view.Items("derived", view.Find("derived")))
        {
            if (Section.Of(item, item.Location, "derived feature", context.Faults) is not { } section) continue;
            var name = section.RequireText("name", "name: avg_order_1d");
            var expression = section.RequireText("expression", "expression: \"spend_1d / NULLIF(orders_1d, 0)\"");
            var description = section.Text("description")?.Value;
            section.Close();
            if (name is null || expression is null) continue;
            context.CheckName("feature", name);
            result.Add(new DerivedDefinition(name.Value, expression, description) { Location = name.Location });
        }
        return result.ToImmutable();
    }
}
