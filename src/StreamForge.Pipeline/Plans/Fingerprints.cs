using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// What a view's state depends on, as lines that a person can compare. State is kept across a restart only when all lines are equal; the first that differs is named.
/// <para>
/// The first lines are the view's own: source, key and event time, and of the transformations what decides which rows count under which key and when. Then comes a line for each accumulator, with
/// what of the transformations its value and condition are computed by. A column that none of them reads is in no line, so that it comes and goes freely.
/// </para>
/// </summary>
internal static class Fingerprints
{
    public static ImmutableArray<string> Of(PipelineDefinition pipeline, ViewPlan view, NodeGraph nodes)
    {
        var columns = view.Entity.Select(static e => e.Column);
        var steps = nodes.Lineage(new NodeReference(view.Source, view.Node), view.EventTime is { } time ? columns.Append(time) : columns);
        return [.. Head(pipeline, view), .. Key(view), .. Steps(steps, isNamed: false), .. view.Layout.Fingerprint];
    }

    /// <summary>As releases before wrote it: with the names of transformations; and before that with the transformations whole in the view's own lines, so that any change of these was one of the view.</summary>
    public static ImmutableArray<ImmutableArray<string>> Former(PipelineDefinition pipeline, ViewPlan view, NodeGraph nodes)
    {
        var node = new NodeReference(view.Source, view.Node);
        var columns = view.Entity.Select(static e => e.Column);
        var steps = nodes.Lineage(node, view.EventTime is { } time ? columns.Append(time) : columns);
        var formulas = view.Layout.Slots.ToDictionary(static s => s.Identity, static s => s.Formula, StringComparer.Ordinal);
        return
        [
            [.. Head(pipeline, view), .. Key(view), .. Steps(steps, isNamed: true), .. view.Layout.Fingerprint],
            [.. Head(pipeline, view), .. Steps(nodes.Lineage(node, null), isNamed: true), .. Key(view), .. view.Layout.Fingerprint.Select(l => formulas.GetValueOrDefault(l, l))],
        ];
    }

    /// <summary>What an accumulator's value and condition are computed by, behind its formula; empty when they read columns of the source.</summary>
    public static string Lineage(IEnumerable<LineageStep> steps) => string.Concat(steps.Select(static s =>
        $" from {s.Canonical}{string.Concat(s.Lookups.Select(static l => $" with {l.Description.Rows} rows of {l.Description.Name} with the hash {l.Description.Hash}"))}"));

    private static IEnumerable<string> Head(PipelineDefinition pipeline, ViewPlan view)
    {
        var source = pipeline.Sources.First(s => s.Name == view.Source);
        return [$"source {source.Name}: {Source(source)}", $"source event time {source.EventTime?.Value ?? "built in"} in {source.TimeZone.Id}"];
    }

    private static IEnumerable<string> Key(ViewPlan view) =>
        [$"entity {string.Join(", ", view.Entity.Select(static e => $"{e.Key.Name} {e.Key.Type}"))}", $"event time {view.EventTime ?? "of the source"}"];

    /// <param name="isNamed">With the transformations' names, on which nothing depends.</param>
    private static IEnumerable<string> Steps(IEnumerable<LineageStep> steps, bool isNamed)
    {
        foreach (var step in steps)
        {
            var (name, of) = isNamed ? ($" {step.Transformation.Name}", $" of {step.Transformation.Name}") : ("", "");
            yield return $"transformation{name}: {step.Canonical}";
            foreach (var lookup in step.Lookups.Select(static l => l.Description))
            {
                yield return $"lookup {lookup.Name}{of}: key {string.Join(", ", lookup.Key)}, columns {lookup.Schema}";
                yield return $"lookup {lookup.Name}{of}: {lookup.Rows} rows with the hash {lookup.Hash}";
            }
        }
    }

    /// <summary>What a source is, as far as positions in it go.</summary>
    public static string Source(SourceDefinition source) => Describe(source.Options) + (source.Changelog is { } changes
        ? $" changes by {(changes.Key.IsEmpty ? "their own key" : string.Join(", ", changes.Key))} with {changes.Before.ToString().ToLowerInvariant()} images before"
        : "");

    // Where the files lie may change (a moved folder); what they are called may not.
    private static string Describe(SourceOptions options) => options switch
    {
        FilesSourceOptions files => $"files {Path.GetFileName(files.Path)} {files.Format}",
        KafkaSourceOptions kafka => $"kafka {kafka.Topic} {kafka.Format}",
        IcebergSourceOptions table => $"iceberg {table.Table ?? Path.GetFileName(table.Path)}",
        ClickstreamSourceOptions clickstream => $"clickstream users {clickstream.Users} products {clickstream.Products} seed {clickstream.Seed} late {clickstream.Late}",
        _ => options.GetType().Name,
    };
}
