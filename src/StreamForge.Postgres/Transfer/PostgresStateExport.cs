using System.Collections.Immutable;
using System.Data;
using Npgsql;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Pipeline.States;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;

namespace StreamForge.Postgres.Transfer;

/// <summary>Writes the state of a pipeline that is at rest in the cluster as a portable state file. All is read in one snapshot of the database, so that what is found to be at rest is what is written.</summary>
public static class PostgresStateExport
{
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="target">Stays the caller's.</param>
    /// <exception cref="StreamForgeException">NotFound when there is no such state; Conflict when the pipeline is not at rest; see also <see cref="PostgresErrors"/>.</exception>
    public static async Task<(StateHeader Header, StateCounts Counts)> ExportAsync(PostgresDatabase database, string pipeline, Stream target, TimeProvider clock, CancellationToken cancellation)
    {
        await SchemaInstaller.CheckAsync(database, cancellation);
        return await database.RunAsync($"export the state of {pipeline}", async (connection, stop) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop);
            var queries = new TransferStatements(database.Quoted);
            var id = await TransferReads.PipelineAsync(connection, queries, pipeline, database, stop);
            var records = await TransferReads.RecordsAsync(connection, queries.Records, id, stop);
            var waiting = (await TransferReads.ReadAsync(connection, queries.Waiting, static row => row.GetInt64(0), stop, id))[0];
            var kept = ClusterRecords.Read(pipeline, records) ?? throw new StreamForgeException(ErrorKind.NotFound, $"the pipeline {pipeline} has never run in the cluster, so it has no state to export");
            var header = ClusterState.Header(kept, waiting, clock.GetUtcNow(), StateUse.Export, out var indexes);
            var views = (await TransferReads.ReadAsync(connection, queries.Views, static row => (Name: row.GetString(0), Id: row.GetInt32(1)), stop, id)).ToDictionary(static v => v.Name, static v => v.Id, StringComparer.Ordinal);
            var writer = new StateWriter(target, header);
            foreach (var windows in new[] { true, false })
            {
                for (var view = 0; view < header.Views.Length; view++)
                {
                    if (!views.TryGetValue(header.Views[view].Name, out var viewId) || (windows && header.Views[view].ClosedRows is null)) continue;
                    await WriteKeysAsync(connection, queries, pipeline, view, viewId, kept.Durable, writer, windows, stop);
                }
            }
            for (var partition = 0; partition < header.Partitions.Length; partition++)
            {
                if (header.Partitions[partition].Images is not null) await WriteImagesAsync(connection, queries, id, partition, indexes[partition], writer, stop);
            }
            await using (var command = TransferReads.Command(connection, queries.Ledgers, id))
            {
                await using var reader = await command.ExecuteReaderAsync(stop);
                while (await reader.ReadAsync(stop)) writer.Add(new LedgerRecord((LedgerKind)reader.GetInt16(0), reader.GetString(1)));
            }
            writer.Complete();
            return (header, writer.Counts);
        }, cancellation);
    }

    /// <summary>Writes the windows of a view's keys, or their states.</summary>
    private static async Task WriteKeysAsync(
        NpgsqlConnection connection, TransferStatements queries, string pipeline, int view, int viewId, ImmutableArray<long> durable, StateWriter writer, bool windows, CancellationToken stop)
    {
        await using var command = TransferReads.Command(connection, queries.Keys, viewId);
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            var (key, closing) = ClusterState.Portable(pipeline, view, reader.Bytes(0), reader.Number(1), durable, StateUse.Export);
            if (!windows && key is not null) writer.Add(key);
            else if (windows && closing is not null) writer.Add(closing);
        }
    }

    private static async Task WriteImagesAsync(NpgsqlConnection connection, TransferStatements queries, int pipeline, int partition, int index, StateWriter writer, CancellationToken stop)
    {
        await using var command = TransferReads.Command(connection, queries.Images, pipeline);
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)index });
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) writer.Add(new ImageRecord(partition, reader.Bytes(0), reader.Bytes(1)));
    }
}
