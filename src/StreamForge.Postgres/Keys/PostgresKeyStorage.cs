using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Keys;

/// <summary>
/// The keys of one pipeline in the table <c>keys</c>. A call is one round trip whatever it holds: its statements are sent together and make one transaction, which ends with them. Only a write that
/// brings emissions needs a second one, in the same transaction, as what goes to the outbox depends on which keys were written.
/// </summary>
/// <param name="database">Not owned.</param>
/// <param name="pipeline">The pipeline's id.</param>
/// <param name="views">The id of each view of the plan.</param>
internal sealed class PostgresKeyStorage(PostgresDatabase database, int pipeline, int[] views) : IKeyStorage
{
    private readonly KeyStatements _statements = new(database.Quoted);

    public async ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
    {
        var loaded = new StoredKey?[keys.Count];
        if (keys.Count == 0) return loaded;
        var order = KeyOrder.Of(keys.Count, i => keys[i], static _ => false, views);
        return await database.RunAsync($"load {keys.Count:N0} keys", async (connection, stop) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            for (var from = 0; from < keys.Count; from += KeyRun.MostKeys) batch.BatchCommands.Add(LoadCommand(keys, order.AsSpan(from, Math.Min(keys.Count - from, KeyRun.MostKeys))));
            await using var reader = await batch.ExecuteReaderAsync(stop);
            var first = 0;
            do
            {
                while (await reader.ReadAsync(stop))
                    loaded[order[first + (int)reader.GetInt64(0) - 1]] = new StoredKey(reader.GetInt64(1), reader.GetGuid(2), reader.Bytes(3));
                first += KeyRun.MostKeys;
            }
            while (await reader.NextResultAsync(stop));
            return loaded;
        }, cancellation);
    }

    public async ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation)
    {
        var runs = KeyRun.Cut(writes, views).ToArray();
        if (runs.Length == 0) return [];
        return await database.RunAsync($"write {writes.Count:N0} keys", async (connection, stop) =>
        {
            var written = new bool[writes.Count];
            if (writes.All(static w => w.Emissions.Count == 0 && w.Orphans.Count == 0))
            {
                await WriteAsync(connection, null, runs, written, stop);
                return written;
            }
            await using var transaction = await connection.BeginTransactionAsync(stop);
            await WriteAsync(connection, transaction, runs, written, stop);
            await EmitAsync(connection, transaction, writes.Where((_, i) => written[i]).SelectMany(static w => w.Emissions).ToArray(), stop);
            await AddOrphansAsync(connection, transaction, writes.Where((_, i) => written[i]).SelectMany(static w => w.Orphans.Select(o => (w.Id.View, Entry: o))).ToArray(), stop);
            await transaction.CommitAsync(stop);
            return written;
        }, cancellation);
    }

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<KeyId>>("find the keys with closed windows", async (connection, stop) =>
        {
            await using var command = new NpgsqlCommand(_statements.Due, connection)
            {
                Parameters = { Integer(views[view]), Integer(fromGroup), Integer(toGroup), Bigint(watermark), Integer(limit) },
            };
            return (await ReadKeysAsync(command, stop)).ConvertAll(key => new KeyId(view, key));
        }, cancellation);

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) => database.RunAsync("find the newest event", async (connection, stop) =>
    {
        await using var transaction = await ScanAsync(connection, stop);
        await using var command = new NpgsqlCommand(_statements.NewestEvent, connection, transaction) { Parameters = { Integer(views[view]) } };
        await using var reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        return reader.GetBoolean(1)
            ? reader.Number(0) ?? EventTime.MinValue
            : throw new StreamForgeException(ErrorKind.Conflict, "the pipeline's definition has been changed in PostgreSQL since this node opened it; end the node, and start it with the file that was applied");
    }, cancellation);

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation) =>
        database.RunAsync<(long, IReadOnlyList<byte[]>)>("count the keys", async (connection, stop) =>
        {
            await using var transaction = await ScanAsync(connection, stop);
            await using var count = new NpgsqlCommand(_statements.Count, connection, transaction) { Parameters = { Integer(views[view]) } };
            var total = (long)(await count.ExecuteScalarAsync(stop))!;
            await using var sample = new NpgsqlCommand(_statements.Sample, connection, transaction) { Parameters = { Integer(views[view]), Integer(limit) } };
            return (total, await ReadKeysAsync(sample, stop));
        }, cancellation);

    private NpgsqlBatchCommand LoadCommand(IReadOnlyList<KeyId> keys, ReadOnlySpan<int> members)
    {
        var (ids, values) = (new int[members.Length], new byte[members.Length][]);
        for (var i = 0; i < ids.Length; i++) (ids[i], values[i]) = (views[keys[members[i]].View], keys[members[i]].Key);
        return new NpgsqlBatchCommand(_statements.Load)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
                new NpgsqlParameter<byte[][]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
    }

    private async ValueTask WriteAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, KeyRun[] runs, bool[] written, CancellationToken stop)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var run in runs) batch.BatchCommands.Add(run.Command(_statements));
        await using var reader = await batch.ExecuteReaderAsync(stop);
        foreach (var run in runs)
        {
            await run.ReadAsync(reader, written, stop);
            await reader.NextResultAsync(stop);
        }
    }

    private async ValueTask EmitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Emission[] emissions, CancellationToken stop)
    {
        if (emissions.Length == 0) return;
        await using var command = new NpgsqlCommand(_statements.Emit, connection, transaction)
        {
            Parameters =
            {
                Integer(pipeline),
                new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(emissions, static e => e.Sink), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new NpgsqlParameter<byte[][]> { TypedValue = Array.ConvertAll(emissions, static e => e.Payload), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
        await command.ExecuteNonQueryAsync(stop);
    }

    private async ValueTask AddOrphansAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, (int View, LedgerEntry Entry)[] orphans, CancellationToken stop)
    {
        if (orphans.Length == 0) return;
        await using var command = new NpgsqlCommand(_statements.AddOrphans, connection, transaction) { Parameters = { Integer(pipeline) } };
        Add(o => (short)o.Entry.Ledger, NpgsqlDbType.Smallint);
        Add(o => views[o.View], NpgsqlDbType.Integer);
        Add(o => o.Entry.Partition.Source, NpgsqlDbType.Text);
        Add(o => o.Entry.Partition.Partition, NpgsqlDbType.Integer);
        Add(o => o.Entry.Position, NpgsqlDbType.Bigint);
        Add(o => o.Entry.Json, NpgsqlDbType.Text);
        await command.ExecuteNonQueryAsync(stop);

        void Add<T>(Func<(int View, LedgerEntry Entry), T> column, NpgsqlDbType type) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. orphans.Select(column)], NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => database.RunAsync("count the orphans", async (connection, stop) =>
    {
        await using var command = new NpgsqlCommand(_statements.Orphans, connection) { Parameters = { Integer(pipeline), Integer(views[view]) } };
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }, cancellation);

    /// <summary>A transaction for a statement that reads a whole view, which by key would be slower.</summary>
    private static async ValueTask<NpgsqlTransaction> ScanAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        var transaction = await connection.BeginTransactionAsync(stop);
        await using var command = new NpgsqlCommand("set local enable_seqscan = on", connection, transaction);
        await command.ExecuteNonQueryAsync(stop);
        return transaction;
    }

    private static async ValueTask<List<byte[]>> ReadKeysAsync(NpgsqlCommand command, CancellationToken stop)
    {
        var keys = new List<byte[]>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) keys.Add(reader.Bytes(0));
        return keys;
    }

    private static NpgsqlParameter<int> Integer(int value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Bigint(long value) => new() { TypedValue = value };
}
