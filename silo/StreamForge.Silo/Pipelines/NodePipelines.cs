using System.Collections.Immutable;
using StreamForge.Cli;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Running;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Silo.Storage;

namespace StreamForge.Silo.Pipelines;

/// <summary>A pipeline as this node is to run it.</summary>
/// <param name="Partitions">In the order that the whole cluster has.</param>
internal sealed record NodePipeline(LoadedPipeline Loaded, IPipelineStorage Storage, ImmutableArray<PartitionId> Partitions)
{
    public string Name => Loaded.Plan.Name;

    public PipelinePlan Plan => Loaded.Plan;
}

/// <summary>Loads the pipelines of a node and holds them against what the cluster runs, so that all nodes have the same.</summary>
/// <param name="living">The silos of the cluster that are alive; asked only where definitions differ.</param>
internal sealed class NodePipelines(Shell shell, NodeOptions options, ClusterStorage storage, Func<CancellationToken, Task<IReadOnlyList<string>>> living)
{
    private const int Attempts = 10;

    /// <summary>Loads all files; the caller disposes the loaded pipelines.</summary>
    /// <exception cref="InvalidDefinitionException">With every fault of every file.</exception>
    public Task<List<LoadedPipeline>> LoadAsync() => PipelineFiles.LoadAllAsync(options.Files, LoadAsync);

    /// <summary>Compares a loaded pipeline with what the cluster keeps of it, and takes its place there where it may.</summary>
    /// <exception cref="StreamForgeException">Conflict when living nodes run another definition.</exception>
    public async Task<NodePipeline> OpenAsync(LoadedPipeline loaded)
    {
        foreach (var source in loaded.Sources) await source.PrepareAsync(shell.Interrupted);
        var name = loaded.Plan.Name;
        var kept = await storage.OpenAsync(name, [.. loaded.Plan.Views.Select(v => v.Name)], shell.Interrupted);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var (known, version) = await DefinitionRecord.LoadAsync(kept.Records, name, shell.Interrupted);
            var wanted = DefinitionRecord.Of(loaded, known);
            if (known is not null && known.Hash == wanted.Hash && known.Partitions.SequenceEqual(wanted.Partitions)) return new NodePipeline(loaded, kept, known.Partitions);
            if (known is not null && known.Hash != wanted.Hash && await living(shell.Interrupted) is { Count: > 0 } others)
            {
                throw new StreamForgeException(
                    ErrorKind.Conflict,
                    $"{name}: the cluster {options.ClusterId} runs another definition than {loaded.File.Path} (on {string.Join(", ", others)}); start this node with the same file and variables, or stop all nodes and then start them with the new one");
            }
            if (await wanted.TryWriteAsync(kept.Records, version, shell.Interrupted)) return new NodePipeline(loaded, kept, wanted.Partitions);
        }
        throw new StreamForgeException(ErrorKind.Unavailable, $"{name}: other nodes keep changing what the cluster runs; start them one after another", retryable: true);
    }

    private async Task<LoadedPipeline> LoadAsync(string path)
    {
        var file = PipelineFiles.Read(path);
        var definition = file.Parse().Definition;
        var strangers = definition?.Sources.Where(s => s.Options is not (KafkaSourceOptions or UnreadableSourceOptions)).ToArray() ?? [];
        if (strangers.Length > 0)
            throw new InvalidDefinitionException([.. strangers.Select(s => s.Location.Fault($"the source '{s.Name}' is not of type kafka, and a cluster reads from Kafka alone; use type: kafka, or streamforge run for this file"))]);
        var known = definition is null ? null : (await DefinitionRecord.LoadAsync((await storage.OpenAsync(definition.Name, [], shell.Interrupted)).Records, definition.Name, shell.Interrupted)).Record;
        return await PipelineLoader.LoadAsync(file, known?.ReadSchemas() ?? [], shell.Clock, shell.Interrupted, new TableHome(options.Data, options.Warehouse), shell.Errors.Line);
    }
}
