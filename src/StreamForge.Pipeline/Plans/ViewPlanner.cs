using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Slices;
using StreamForge.Sql;

namespace StreamForge.Pipeline.Plans;

/// <summary>Plans one view: its key, what each row brings, and how that is laid out in tiles.</summary>
internal static class ViewPlanner
{
    /// <summary>The plan, or null with faults added.</summary>
    public static ViewPlan? Plan(PipelineDefinition pipeline, ViewDefinition view, NodeReference input, NodeGraph nodes, ImmutableArray<Fault>.Builder faults)
    {
        var schema = nodes.Schema(input);
        var before = faults.Count;
        var source = pipeline.Sources.First(s => s.Name == input.Source);
        var entity = Entity(view, schema, faults);
        CheckEventTime(view, schema, faults);
        var windows = WindowPlanner.Plan(view, pipeline.Sinks.Any(s => s.Input.Value == view.Name), source.Watermark.AllowedLateness, faults, out var series);
        var slots = new SlotBuilder(schema, source.Changelog is not null, columns => Fingerprints.Lineage(nodes.Lineage(input, columns)), faults);
        var features = ImmutableArray.CreateBuilder<FeaturePlan>();
        var descriptions = ImmutableArray.CreateBuilder<FeatureDescription>();
        var complete = true;
        foreach (var aggregate in view.Aggregates)
        {
            if (slots.Add(aggregate) is not { } slot)
            {
                complete = false;
                continue;
            }
            for (var w = 0; w < windows.Length; w++)
            {
                var name = $"{aggregate.Name}_{windows[w].Name}";
                var feature = new FeaturePlan(name, w, slot.Index, slot.Aggregate) { Divisor = slot.Divisor };
                features.Add(feature);
                descriptions.Add(new FeatureDescription(name, feature.Type, w, aggregate.Function.Value, aggregate.Description) { Error = slot.Aggregate.Error });
            }
        }
        if (view.Windows.Any(w => w.Kind == WindowKind.Session)) slots.AddSessionTimes();
        if (view.Ttl is not null && source.Changelog is not null && view.Windows.FirstOrDefault(w => w.Kind == WindowKind.Lifetime) is { } lifetime)
            faults.Add(lifetime.Location.Fault("a lifetime window over a changelog cannot have a 'ttl': a row may be taken out at any time later; remove one of the two"));
        // Without its stored features a derived one cannot be judged.
        if (!complete) return null;

        var stored = new Schema(features.Select(f => new Field(f.Name, f.Type)));
        var derived = ImmutableArray.CreateBuilder<SqlExpression>();
        foreach (var definition in view.Derived)
        {
            if (SqlFaults.Expression(faults, definition.Expression, stored) is not { } expression) continue;
            if (!expression.IsDeterministic)
                faults.Add(definition.Expression.Location.Fault($"'{definition.Expression}' is not the same at every reading; a derived feature may not use NOW, RAND or UUID"));
            derived.Add(expression);
            descriptions.Add(new FeatureDescription(definition.Name, expression.Type, -1, "derived", definition.Description) { Expression = definition.Expression.Value, Inputs = [.. expression.ColumnsRead] });
        }
        if (faults.Count > before) return null;

        var layout = new ViewLayout(slots.Slots, series, windows, features.ToImmutable(), source.Watermark.AllowedLateness, source.Changelog is not null);
        if (view.Ttl is { } ttl) layout = layout.WithTtl(ttl);
        var description = new ViewDescription(
            pipeline.Name, view.Name, [.. entity.Select(e => e.Key)], [.. windows.Select(w => new WindowDescription(w.Name, w.Resolution))],
            descriptions.ToImmutable(), view.Description);
        var plan = new ViewPlan(
            view, input.Source, input.Index, entity, view.EventTime?.Value, slots.Expressions, slots.Inputs, layout, stored, derived.ToImmutable(),
            view.Clock ?? (source.Options is ClickstreamSourceOptions or KafkaSourceOptions ? ViewClock.Wall : ViewClock.Event), description, []);
        return plan with { Fingerprint = Fingerprints.Of(pipeline, plan, nodes), FormerFingerprints = Fingerprints.Former(pipeline, plan, nodes) };
    }

    /// <summary>Finds faults in the columns and expressions of a view of which parts could not be read; nothing is said about derived features, whose names are not all known.</summary>
    public static void Check(ViewDefinition view, Schema schema, bool retracts, ImmutableArray<Fault>.Builder faults)
    {
        Entity(view, schema, faults);
        CheckEventTime(view, schema, faults);
        var slots = new SlotBuilder(schema, retracts, static _ => "", faults);
        foreach (var aggregate in view.Aggregates)
        {
            // Without what they aggregate only count can be judged; that others lack it has been said.
            if (aggregate.Of is not null || aggregate.Numerator is not null || aggregate.Function.Value == "count") slots.Add(aggregate);
        }
    }

    /// <summary>The columns of its input that a view reads.</summary>
    public static IEnumerable<string> ColumnsRead(ViewPlan view)
    {
        var columns = view.Entity.Select(e => e.Column).Concat(view.Expressions.SelectMany(e => e.ColumnsRead));
        return view.EventTime is { } eventTime ? columns.Append(eventTime) : columns;
    }

    private static ImmutableArray<EntityPlan> Entity(ViewDefinition view, Schema schema, ImmutableArray<Fault>.Builder faults)
    {
        var result = ImmutableArray.CreateBuilder<EntityPlan>();
        foreach (var entity in view.Entity)
        {
            var field = schema.Find(entity.Name);
            if (field is null)
            {
                faults.Add(entity.Location.Fault(SqlFaults.Unknown("column", entity.Name, schema)));
                continue;
            }
            var type = entity.Type ?? field.Type;
            if (!EntityCast.IsPossible(field.Type, type))
            {
                faults.Add(entity.Location.Fault($"the entity {entity.Name} is declared {type}, but its column is a {field.Type}"));
                continue;
            }
            result.Add(new EntityPlan(entity.Name, new Field(entity.Name, type)));
        }
        return result.ToImmutable();
    }

    private static void CheckEventTime(ViewDefinition view, Schema schema, ImmutableArray<Fault>.Builder faults)
    {
        if (view.EventTime is not { } eventTime) return;
        var field = schema.Find(eventTime.Value);
        if (field is null) faults.Add(eventTime.Location.Fault(SqlFaults.Unknown("column", eventTime.Value, schema)));
        else if (!field.Type.IsTimestamp) faults.Add(eventTime.Location.Fault($"the event time {field.Name} is a {field.Type}; it must be a timestamp"));
    }
}
