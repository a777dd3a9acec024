using System.Collections.Immutable;
using StreamForge.Cli;
using StreamForge.Cli.Cluster;
using StreamForge.Cli.Running;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
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
        var tables = new TableHome(options.Data, options.Warehouse);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var (known, version) = await NodeDefinition.LoadAsync(kept.Records, name, shell.Interrupted);
            var wanted = ClusterDefinition.Of(loaded, known, options.ClusterId, tables);
            var isSame = known is not null && known.Hash == wanted.Hash;
            if (isSame && known!.Entry is not null && known.Cluster == wanted.Cluster && known.Partitions.SequenceEqual(wanted.Partitions)) return With(loaded, kept, known);
            if (known is not null && !isSame && await living(shell.Interrupted) is { Count: > 0 } others)
            {
                throw new StreamForgeException(
                    ErrorKind.Conflict,
                    $"{name}: the cluster {options.ClusterId} runs another definition than {loaded.File.Path} (on {string.Join(", ", others)}); start this node with the same file and variables, or stop all nodes and then start them with the new one");
            }
            if (known is not null && !isSame && ClusterDefinition.PlanOf(known) is { } was && ClusterRecords.Read(name, await kept.Records.ListAsync("", shell.Interrupted)) is { } records)
                wanted = ClusterDefinition.Resume(records, was, loaded.Plan, wanted);
            if (await wanted.TryWriteAsync(kept.Records, version, Guid.NewGuid(), shell.Interrupted)) return With(loaded, kept, wanted);
        }
        throw new StreamForgeException(ErrorKind.Unavailable, $"{name}: other nodes keep changing what the cluster runs; start them one after another", retryable: true);
    }

    /// <summary>The pipeline with since when its features and parts count.</summary>
    private static NodePipeline With(LoadedPipeline loaded, IPipelineStorage storage, NodeDefinition definition) =>
        new(loaded with { Plan = definition.Restore(loaded.Plan) }, storage, definition.Partitions);

    private Task<LoadedPipeline> LoadAsync(string path) => ClusterDefinition.LoadAsync(
        path, async name => (await NodeDefinition.LoadAsync((await storage.OpenAsync(name, [], shell.Interrupted)).Records, name, shell.Interrupted)).Record, new TableHome(options.Data, options.Warehouse), shell);
}
