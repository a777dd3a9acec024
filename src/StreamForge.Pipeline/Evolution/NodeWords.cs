using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Evolution;

/// <summary>What the rows of a sink are computed by.</summary>
internal static class NodeWords
{
    /// <summary>The columns of the source that a sink of rows depends on.</summary>
    public static IReadOnlySet<string> Columns(PipelinePlan plan, SinkPlan sink)
    {
        var source = plan.Source(sink.Source);
        var needed = sink.Schema.Fields.Select(static f => f.Name).ToHashSet(StringComparer.Ordinal);
        for (var node = sink.Node; node > 0; node = source.Transformations[node - 1].Input)
        {
            var step = source.Transformations[node - 1];
            foreach (var must in step.Expectations.Where(static e => e.Definition.Must)) needed.UnionWith(must.Condition.ColumnsRead);
            needed = step.Query.Restrict(needed).ColumnsRead.ToHashSet(StringComparer.Ordinal);
        }
        return needed;
    }

    /// <summary>Words that are equal where it is the same, whatever the transformations are named; null for a sink that takes a view's windows.</summary>
    public static string? Of(PipelinePlan plan, SinkPlan sink)
    {
        if (sink.Node < 0) return null;
        var source = plan.Source(sink.Source);
        var words = source.Name;
        for (var node = sink.Node; node > 0; node = source.Transformations[node - 1].Input)
        {
            var step = source.Transformations[node - 1];
            var lookups = step.Query.Lookups.Select(static l => $" with {l.Description.Rows} rows of {l.Description.Name} with the hash {l.Description.Hash}");
            words += $" {step.Query.Canonical}{string.Concat(step.Expectations.Where(static e => e.Definition.Must).Select(static e => $" must {e.Condition.Canonical}"))}{string.Concat(lookups)}";
        }
        return words;
    }
}
