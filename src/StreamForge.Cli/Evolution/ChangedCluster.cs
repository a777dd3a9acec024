using StreamForge.Cli.Cluster;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Evolution;
using StreamForge.Pipeline.Plans;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Cli.Evolution;

/// <summary>A pipeline file beside the state that a cluster keeps of its pipeline. Owns what the file's sources opened.</summary>
/// <param name="Records">null where there is no state yet.</param>
internal sealed record ChangedCluster(LoadedPipeline Pipeline, ClusterRecords? Records, PostgresDatabase Database) : IAsyncDisposable
{
    public static async Task<ChangedCluster> LoadAsync(Shell shell, string path, PostgresDatabase database, TableHome tables)
    {
        ClusterRecords? records = null;
        var pipeline = await ClusterDefinition.LoadAsync(path, async name => (records = await PostgresStateChange.FindAsync(database, name, shell.Interrupted))?.Nodes, tables, shell);
        foreach (var notice in pipeline.Notices) shell.Errors.Line($"{notice} (notice)");
        return new ChangedCluster(pipeline, records, database);
    }

    /// <summary>What the file does to the state; where there is none, everything in it is new.</summary>
    /// <exception cref="StreamForgeException">Conflict when the kept definition is not known.</exception>
    public DefinitionChange Compare(ChangeRequest request) => Records is { } records
        ? ClusterDefinition.Compare(records, Was(records), Pipeline.Plan, request)
        : DefinitionComparison.Compare(Pipeline.Plan, Pipeline.Plan, new LiveState(0, EventTime.MinValue, [], [], []), request);

    /// <summary>Moves the state, in one transaction.</summary>
    /// <param name="judge">Is given the comparison with what is locked; false when nothing is to be done.</param>
    /// <returns>The number of the moved state; null when nothing was done.</returns>
    public async Task<long?> ApplyAsync(Shell shell, ChangeRequest request, TableHome tables, Func<DefinitionChange, bool> judge)
    {
        var made = await PostgresStateChange.ApplyAsync(Database, Pipeline.Plan.Name, shell.Clock, async (state, stop) =>
        {
            var was = Was(state.Records);
            var change = ClusterDefinition.Compare(state.Records, was, Pipeline.Plan, request);
            if (!judge(change)) return null;
            var warehouse = ClusterDefinition.EntryOf(state.Records.Nodes!)!.Warehouse ?? tables.Of(was.Definition);
            var pending = state.Records.Definition.Kept.Sinks.Zip(state.Records.Sinks, static (name, record) => (name, record?.Pending));
            await PendingCommits.RepeatAsync(was, pending, new SinkFactory(was, tables.Data, warehouse, shell.Clock), stop);
            return new ClusterChange(state.Header, state.Records, was, Pipeline.Plan, change, ClusterDefinition.Of(Pipeline, state.Records.Nodes, null, tables));
        }, shell.Interrupted);
        return made?.After.Checkpoint;
    }

    private PipelinePlan Was(ClusterRecords records) => records.Nodes is { } nodes && ClusterDefinition.PlanOf(nodes) is { } plan
        ? plan
        : throw new StreamForgeException(
            ErrorKind.Conflict, $"PostgreSQL {Database.Name} keeps the state of {records.Pipeline} without the definition that it was made by, as an earlier version wrote it; start a node once with the file that it was made by, then end it");

    public ValueTask DisposeAsync() => Pipeline.DisposeAsync();
}
