using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.States;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;

namespace StreamForge.Postgres.Transfer;

/// <summary>What is kept of a pipeline, and its state when it is at rest.</summary>
/// <param name="Header">The state's header; the rest is read when it is moved.</param>
public sealed record RestingState(ClusterRecords Records, StateHeader Header);

/// <summary>
/// Moves what the cluster keeps of a pipeline to a changed definition, in one transaction: whoever dies, the old state is there under the old definition, or the new one under the new.
/// <para>
/// It begins by locking the pipeline, its views and its records. What is read from then on is what is moved, a thousand keys at a time; a record that a node would write waits for the end, and is then of another version, so
/// that the node has lost its fence. The keys of a view whose states change go on under a new id of that view: a node that has opened the pipeline before finds nothing under the old one, neither to read nor to write, and
/// never takes bytes of one layout for those of another.
/// </para>
/// </summary>
public static class PostgresStateChange
{
    /// <summary>The records of a pipeline as they are now, at rest or not; null for a pipeline that is not there or has never run.</summary>
    public static async Task<ClusterRecords?> FindAsync(PostgresDatabase database, string pipeline, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(database);
        await SchemaInstaller.CheckAsync(database, cancellation);
        return await database.RunAsync($"read the state of {pipeline}", async (connection, stop) =>
        {
            var statements = new TransferStatements(database.Quoted);
            var known = await TransferReads.ReadAsync(connection, statements.Pipelines, static row => (Id: row.GetInt32(0), Name: row.GetString(1)), stop);
            return known.FirstOrDefault(p => p.Name == pipeline) is { Name: not null } found ? ClusterRecords.Read(pipeline, await TransferReads.RecordsAsync(connection, statements.Records, found.Id, stop)) : null;
        }, cancellation);
    }

    /// <summary>Moves the state.</summary>
    /// <param name="decide">What becomes of it, decided over what is locked; null when nothing is to be done.</param>
    /// <returns>The change that was made; null when none was.</returns>
    /// <exception cref="StreamForgeException">NotFound when there is no state; Conflict when nodes are alive or it is not at rest; see also <see cref="PostgresErrors"/>.</exception>
    public static async Task<ClusterChange?> ApplyAsync(
        PostgresDatabase database, string pipeline, TimeProvider clock, Func<RestingState, CancellationToken, ValueTask<ClusterChange?>> decide, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(decide);
        await SchemaInstaller.CheckAsync(database, cancellation);
        return await database.RunAsync($"change the definition of {pipeline}", async (connection, stop) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var statements = new TransferStatements(database.Quoted);
            var id = await TransferReads.PipelineAsync(connection, statements, pipeline, database, stop);
            await ExecuteAsync(connection, statements.LockPipeline, stop, new NpgsqlParameter<string> { TypedValue = pipeline, NpgsqlDbType = NpgsqlDbType.Text });
            var views = (await TransferReads.ReadAsync(connection, statements.LockViews, static row => (Name: row.GetString(0), Id: row.GetInt32(1)), stop, id)).ToDictionary(static v => v.Name, static v => v.Id, StringComparer.Ordinal);
            var records = ClusterRecords.Read(pipeline, await TransferReads.RecordsAsync(connection, statements.LockRecords, id, stop))
                ?? throw new StreamForgeException(ErrorKind.NotFound, $"the pipeline {pipeline} has never run in the cluster, so it has no state to move");
            await RefuseNodesAsync(connection, database, records, stop);
            var waiting = (await TransferReads.ReadAsync(connection, statements.Waiting, static row => row.GetInt64(0), stop, id))[0];
            var header = ClusterState.Header(records, waiting, clock.GetUtcNow(), StateUse.Apply, out _);
            if (await decide(new RestingState(records, header), stop) is not { } change) return null;
            var writing = new Writing(connection, statements, id, Guid.NewGuid());
            foreach (var (kept, move) in change.Views.Index())
            {
                if (!views.TryGetValue(header.Views[kept].Name, out var view)) continue;
                if (move is null) await ExecuteAsync(connection, statements.RemoveView, stop, Integer(view));
                else if (!move.IsSame) await writing.MoveViewAsync(header.Views[kept].Name, view, (content, due) => Moved(records, kept, move, content, due), stop);
            }
            var images = await writing.MoveImagesAsync(records, change, stop);
            var kepts = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, content) in change.Records(images))
            {
                kepts.Add(name);
                await writing.PutAsync(name, content, stop);
            }
            foreach (var gone in records.Names.Where(n => !kepts.Contains(n))) await ExecuteAsync(connection, statements.RemoveRecord, stop, Integer(id), Text(gone));
            await transaction.CommitAsync(stop);
            return change;
        }, cancellation);
    }

    /// <summary>Nodes hold states in memory, by the layouts that they know.</summary>
    private static async Task RefuseNodesAsync(NpgsqlConnection connection, PostgresDatabase database, ClusterRecords records, CancellationToken cancellation)
    {
        if (await PostgresMembers.LivingAsync(connection, database.Quoted, records.Nodes?.Cluster, cancellation) is not { Count: > 0 } living) return;
        throw new StreamForgeException(
            ErrorKind.Conflict,
            $"the state of {records.Pipeline} cannot be moved to a changed definition now: the nodes {string.Join(", ", living)} are alive; stop the pipeline (POST /v1/pipelines/{records.Pipeline}:stop at any silo), wait until its partitions are durable, end all nodes (SIGTERM), and apply again (a node that was killed counts as alive for {PostgresMembers.Silence.TotalSeconds:N0} seconds)");
    }

    /// <summary>A key under the changed definition; null for one that only orphans have come for.</summary>
    private static (byte[] Content, long NewestEvent, long? Due)? Moved(ClusterRecords records, int kept, ViewMove move, byte[] content, long? due)
    {
        var (key, windows) = ClusterState.Portable(records.Pipeline, kept, content, due, records.Durable, StateUse.Apply);
        return key is null ? null : move.Move(key, windows);
    }

    /// <summary>The statements that move things, within the transaction.</summary>
    private sealed class Writing(NpgsqlConnection connection, TransferStatements statements, int pipeline, Guid writer)
    {
        public Task PutAsync(string name, byte[] content, CancellationToken stop) => ExecuteAsync(
            connection, statements.PutRecord, stop, Integer(pipeline), Text(name), new NpgsqlParameter<Guid> { TypedValue = writer }, new NpgsqlParameter<byte[]> { TypedValue = content });

        /// <summary>Moves all keys of a view, which gets another id.</summary>
        public async Task MoveViewAsync(string name, int view, Func<byte[], long?, (byte[] Content, long NewestEvent, long? Due)?> move, CancellationToken stop)
        {
            var moved = (await TransferReads.QueryAsync(connection, statements.TakeView, static row => row.GetInt32(0), stop, Integer(pipeline), Text($"{name} (moving)")))[0];
            await ExecuteAsync(connection, statements.MoveKeys, stop, Integer(view));
            while (true)
            {
                var rows = await TransferReads.ReadAsync(
                    connection, statements.FetchKeys, static row => (Key: row.Bytes(0), Group: row.GetInt16(1), Content: row.Bytes(2), Due: row.Number(3)), stop);
                if (rows.Count == 0) break;
                var states = rows.Select(r => (r.Key, r.Group, State: move(r.Content, r.Due))).Where(static r => r.State is not null).ToArray();
                await ExecuteAsync(
                    connection, statements.AddKeys, stop, Integer(moved), Array(states.Select(static s => s.Key), NpgsqlDbType.Bytea), Array(states.Select(static s => s.Group), NpgsqlDbType.Smallint),
                    Array(states.Select(static s => s.State!.Value.NewestEvent), NpgsqlDbType.Bigint), Array(states.Select(static s => s.State!.Value.Due), NpgsqlDbType.Bigint),
                    new NpgsqlParameter<Guid> { TypedValue = writer }, Array(states.Select(static s => s.State!.Value.Content), NpgsqlDbType.Bytea));
            }
            await ExecuteAsync(connection, statements.CloseKeys, stop);
            await ExecuteAsync(connection, statements.RenumberOrphans, stop, Integer(pipeline), Integer(view), Integer(moved));
            await ExecuteAsync(connection, statements.RemoveView, stop, Integer(view));
            await ExecuteAsync(connection, statements.NameView, stop, Integer(moved), Text(name));
        }

        /// <summary>Takes away the images of partitions that go, gives the others their new indexes, and the columns that are read now.</summary>
        /// <returns>Bytes of those that have other columns now, by partition.</returns>
        public async Task<Dictionary<PartitionId, long>> MoveImagesAsync(ClusterRecords records, ClusterChange change, CancellationToken stop)
        {
            var bytes = new Dictionary<PartitionId, long>();
            foreach (var (old, index) in change.Indexes.Index())
            {
                var partition = records.Definition.Partitions[old];
                if (index < 0) await ExecuteAsync(connection, statements.RemoveImages, stop, Integer(pipeline), Smallint(old));
                else if (index != old) await ExecuteAsync(connection, statements.RenumberImages, stop, Integer(pipeline), Smallint(old), Smallint(index));
                if (change.ImagesToMove.TryGetValue(partition, out var migration)) bytes[partition] = await MoveImagesAsync(index, migration, stop);
            }
            return bytes;
        }

        private async Task<long> MoveImagesAsync(int partition, ImageMigration migration, CancellationToken stop)
        {
            var bytes = 0L;
            await ExecuteAsync(connection, statements.MoveImages, stop, Integer(pipeline), Smallint(partition));
            while (true)
            {
                var rows = await TransferReads.ReadAsync(connection, statements.FetchImages, static row => (Key: row.Bytes(0), Image: row.Bytes(1)), stop);
                if (rows.Count == 0) break;
                var images = rows.Select(r => migration.Move(r.Image).ToArray()).ToArray();
                bytes += rows.Sum(static r => (long)r.Key.Length) + images.Sum(static i => (long)i.Length);
                await ExecuteAsync(
                    connection, statements.PutImages, stop, Integer(pipeline), Smallint(partition), Array(rows.Select(static r => r.Key), NpgsqlDbType.Bytea), Array(images, NpgsqlDbType.Bytea));
            }
            await ExecuteAsync(connection, statements.CloseImages, stop);
            return bytes;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken stop, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static NpgsqlParameter<int> Integer(int value) => new() { TypedValue = value };

    private static NpgsqlParameter<short> Smallint(int value) => new() { TypedValue = (short)value };

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<T[]> Array<T>(IEnumerable<T> values, NpgsqlDbType type) => new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
