using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamForge.Cli.Running;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.States;

namespace StreamForge.Cli.Cluster;

/// <summary>The definition that a cluster keeps of a pipeline, and what a file is beside it.</summary>
internal static class ClusterDefinition
{
    /// <summary>Loads a file that a cluster is to run; the caller owns what it opened.</summary>
    /// <param name="known">What the cluster keeps under the pipeline's name.</param>
    /// <exception cref="InvalidDefinitionException">With every fault.</exception>
    public static async Task<LoadedPipeline> LoadAsync(string path, Func<string, Task<NodeDefinition?>> known, TableHome tables, Shell shell)
    {
        var file = PipelineFiles.Read(path);
        var definition = file.Parse().Definition;
        var strangers = definition?.Sources.Where(s => s.Options is not (KafkaSourceOptions or UnreadableSourceOptions)).ToArray() ?? [];
        if (strangers.Length > 0)
            throw new InvalidDefinitionException([.. strangers.Select(s => s.Location.Fault($"the source '{s.Name}' is not of type kafka, and a cluster reads from Kafka alone; use type: kafka, or streamforge run for this file"))]);
        var kept = definition is null ? null : await known(definition.Name);
        var schemas = kept is null ? [] : kept.Schemas.IsEmpty && EntryOf(kept) is { } entry ? entry.ReadSchemas() : kept.ReadSchemas();
        return await PipelineLoader.LoadAsync(file, schemas, shell.Clock, shell.Interrupted, tables, shell.Errors.Line);
    }

    /// <summary>Two nodes with the same hash read the same definition: the file's text, the values of its variables, the contents of its lookup tables.</summary>
    public static string HashOf(LoadedPipeline loaded)
    {
        var text = new StringBuilder(loaded.File.Text);
        foreach (var (name, value) in loaded.File.Variables.OrderBy(v => v.Key, StringComparer.Ordinal)) text.Append('\0').Append(name).Append('=').Append(value);
        foreach (var lookup in loaded.Plan.Lookups.Values.Select(l => l.Description.Hash).Order(StringComparer.Ordinal)) text.Append('\0').Append(lookup);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What is to be kept of a pipeline as it was loaded.</summary>
    /// <param name="kept">What is kept so far.</param>
    /// <param name="cluster">The cluster whose nodes run it; null for the one that did.</param>
    public static NodeDefinition Of(LoadedPipeline loaded, NodeDefinition? kept, string? cluster, TableHome tables) => new(
        HashOf(loaded), loaded.Plan.Sources.ToImmutableDictionary(s => s.Name, s => s.Schema.Fields.Select(f => new NodeColumn(f.Name, f.Type.ToString())).ToImmutableArray()),
        [.. kept?.Partitions ?? [], .. loaded.Sources.SelectMany(s => s.Partitions).Except(kept?.Partitions ?? [])])
    {
        Entry = JsonSerializer.Serialize(CatalogEntry.Of(loaded) with { Warehouse = tables.Of(loaded.Plan.Definition) }),
        Cluster = cluster ?? kept?.Cluster,
        Since = kept?.Since ?? ImmutableSortedDictionary<string, ImmutableArray<StateSince>>.Empty,
        Floors = kept?.Floors ?? ImmutableSortedDictionary<string, ViewFloors>.Empty,
    };

    /// <summary>The kept definition; null where only its hash is kept.</summary>
    public static CatalogEntry? EntryOf(NodeDefinition kept) => kept.Entry is { } entry ? JsonSerializer.Deserialize<CatalogEntry>(entry) : null;

    /// <summary>Its plan, with what is known of since when its features and parts count; null where only its hash is kept.</summary>
    public static PipelinePlan? PlanOf(NodeDefinition kept) => EntryOf(kept) is { } entry ? kept.Restore(entry.Plan()) : null;

    /// <summary>What a definition does to the state that is kept.</summary>
    /// <param name="was">The plan of the kept definition.</param>
    public static DefinitionChange Compare(ClusterRecords records, PipelinePlan was, PipelinePlan now, ChangeRequest request) => DefinitionComparison.Compare(was, now, records.Live.Under(was), request);

    /// <summary>
    /// What a node does with a definition that is not the kept one. A change is taken in where state keeps its meaning and its bytes: everything that no state depends on, and whole views, sinks and sources that are new.
    /// </summary>
    /// <returns>What is to be kept, with since when the features count.</returns>
    /// <exception cref="StreamForgeException">Conflict, with the first difference and what can be done.</exception>
    public static NodeDefinition Resume(ClusterRecords records, PipelinePlan was, PipelinePlan now, NodeDefinition wanted)
    {
        var change = Compare(records, was, now, ChangeRequest.None);
        var remedy = $"take it in with ./streamforge apply FILE --postgres URL (./streamforge diff FILE --postgres URL shows what it does)";
        records.Definition.Kept.CheckFits(now, $"or {remedy}");
        if ((change.Harm ?? Moves(records, was, now)) is { } harm) throw new StreamForgeException(ErrorKind.Conflict, $"{now.Name}: {harm}; put it back, or {remedy}");
        return wanted with
        {
            Since = now.Views.Zip(change.Views).Where(static v => v.Second.Since.Count > 0).ToImmutableSortedDictionary(
                static v => v.First.Name, static v => v.Second.Since.Select(static s => new StateSince(s.Key, s.Value.Time, s.Value.WholeFrom, s.Value.Positions)).ToImmutableArray(), StringComparer.Ordinal),
            Floors = now.Views.Zip(change.Views).Where(static v => v.Second.Floors is { AreNone: false }).ToImmutableSortedDictionary(static v => v.First.Name, static v => v.Second.Floors!, StringComparer.Ordinal),
        };
    }

    /// <summary>What must be written anew although it keeps its meaning, as a clause; null when nothing must.</summary>
    private static string? Moves(ClusterRecords records, PipelinePlan was, PipelinePlan now)
    {
        foreach (var (index, view) in now.Views.Index())
        {
            if (now.Emits(index) && was.Views.FirstOrDefault(v => v.Name == view.Name) is { } old && !WindowMigration.KeepsNumbers(old.Layout, view.Layout))
                return $"the windows of {view.Name}, whose closed windows go to a sink, stand in another order";
        }
        foreach (var (partition, record) in records.Definition.Partitions.Zip(records.Partitions))
        {
            if (record?.ImageColumns is { } columns && now.Sources.FirstOrDefault(s => s.Name == partition.Source) is { } source && columns != ImageColumns.Of(source.Columns))
                return $"the images that are stored of the rows of {partition.Source} have the columns {columns}, and {ImageColumns.Of(source.Columns)} are read now";
        }
        return null;
    }
}
