using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Emissions;

/// <summary>
/// The columns of the rows that a view's closed windows become: the entity's, then <c>window</c>, <c>window_start</c>, <c>window_end</c>, <c>revision</c> and <c>op</c>, then one column for each
/// aggregate under its own name. A row is identified by (entity, window, window_start, revision). Derived features are expressions over names with windows
/// in them, such as <c>spend_1d</c>, and stand for one moment of all windows, so they have no place in a row of one window.
/// </summary>
public static class ClosedWindowSchema
{
    private static readonly ImmutableArray<Field> Own =
    [
        new("window", DataType.String), new("window_start", DataType.TimestampTz), new("window_end", DataType.TimestampTz),
        new("revision", DataType.BigInt), new("op", DataType.String),
    ];

    public static Schema Of(ViewPlan view) =>
        new([.. view.Entity.Select(e => e.Key), .. Own, .. view.Definition.Aggregates.Select(a => new Field(a.Name, ResultType(view, a)))]);

    /// <summary>The sink's plan, or null with faults added.</summary>
    internal static SinkPlan? Plan(SinkDefinition sink, ViewPlan view, int index, ImmutableArray<Fault>.Builder faults)
    {
        var before = faults.Count;
        var windows = view.Layout.Windows;
        if (!windows.Any(w => w.Closes))
        {
            faults.Add(sink.Input.Location.Fault(
                $"the view {view.Name} has no window that closes (it has {string.Join(", ", windows.Select(w => w.Name))}), so there is nothing to emit; give it one such as {{tumbling: 1d}}"));
        }
        var taken = new HashSet<string>(Own.Select(f => f.Name), StringComparer.Ordinal);
        var names = view.Entity.Select(e => (Kind: "entity column", e.Key.Name)).Concat(view.Definition.Aggregates.Select(a => (Kind: "aggregate", a.Name)));
        foreach (var (kind, name) in names)
        {
            if (!taken.Add(name))
                faults.Add(sink.Input.Location.Fault($"the rows of the closed windows of {view.Name} would have two columns named {name}; give the {kind} {name} another name"));
        }
        return faults.Count > before ? null : new SinkPlan(sink, view.Source, Node: -1, index, Of(view));
    }

    private static DataType ResultType(ViewPlan view, AggregateDefinition aggregate)
    {
        var name = $"{aggregate.Name}_{view.Layout.Windows[0].Name}";
        return view.Layout.Features.First(f => f.Name == name).Type;
    }
}
