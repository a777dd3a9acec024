using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// What a view's state depends on, as lines that a person can compare: source, transformations, key, event time and layout. State is kept across a restart
/// only when all lines are equal; the first that differs is named.
/// </summary>
internal static class Fingerprints
{
    public static ImmutableArray<string> Of(PipelineDefinition pipeline, ViewPlan view, NodeGraph nodes)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        var source = pipeline.Sources.First(s => s.Name == view.Source);
        lines.Add($"source {source.Name}: {Source(source)}");
        lines.Add($"source event time {source.EventTime?.Value ?? "built in"} in {source.TimeZone.Id}");
        for (var input = view.Definition.Input.Value; pipeline.Transformations.FirstOrDefault(t => t.Name == input) is { } transformation; input = transformation.Input.Value)
        {
            lines.Add($"transformation {transformation.Name}: {nodes.Canonical(transformation)}");
            foreach (var lookup in nodes.Joined(transformation).Select(l => l.Description))
            {
                lines.Add($"lookup {lookup.Name} of {transformation.Name}: key {string.Join(", ", lookup.Key)}, columns {lookup.Schema}");
                lines.Add($"lookup {lookup.Name} of {transformation.Name}: {lookup.Rows} rows with the hash {lookup.Hash}");
            }
        }
        lines.Add($"entity {string.Join(", ", view.Entity.Select(e => $"{e.Key.Name} {e.Key.Type}"))}");
        lines.Add($"event time {view.EventTime ?? "of the source"}");
        lines.AddRange(view.Layout.Fingerprint);
        return lines.ToImmutable();
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
