using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Records;

/// <summary>The records, ledgers and outbox of one pipeline. A write is one statement: what it appends and deletes hangs on whether the record was written.</summary>
/// <param name="database">Not owned.</param>
/// <param name="pipeline">The pipeline's id.</param>
internal sealed class PostgresRecordStorage(PostgresDatabase database, int pipeline) : IRecordStorage
{
    private readonly RecordStatements _statements = new(database.Quoted);

    public ValueTask<StoredRecord?> LoadAsync(string name, CancellationToken cancellation) => database.RunAsync($"load the record {name}", async (connection, stop) =>
    {
        await using var command = Command(connection, _statements.Load, Text(name));
        await using var reader = await command.ExecuteReaderAsync(stop);
        return await reader.ReadAsync(stop) ? Record(reader, 0) : null;
    }, cancellation);

    public ValueTask<IReadOnlyList<(string Name, StoredRecord Record)>> ListAsync(string prefix, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<(string, StoredRecord)>>($"list the records {prefix}*", async (connection, stop) =>
        {
            var found = new List<(string, StoredRecord)>();
            await using var command = Command(connection, _statements.List, Text(prefix));
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop)) found.Add((reader.GetString(0), Record(reader, 1)));
            return found;
        }, cancellation);

    public ValueTask<bool> TryWriteAsync(RecordWrite write, CancellationToken cancellation) => database.RunAsync($"write the record {write.Name}", async (connection, stop) =>
    {
        await using var command = Command(
            connection, _statements.Write(isInsert: write.Expected == 0, write.Ledger.Count > 0, write.Consumed.Count > 0, write.Images is not null),
            Text(write.Name), Bigint(write.Expected), new NpgsqlParameter<Guid> { TypedValue = write.Writer }, new NpgsqlParameter<byte[]> { TypedValue = write.Content });
        AddLedger(command, write.Ledger);
        AddArray(command, write.Consumed.ToArray(), NpgsqlDbType.Bigint);
        if (write.Images is { } images)
        {
            command.Parameters.Add(Smallint((short)images.Partition));
            AddArray(command, images.Rows.Select(static r => r.Key).ToArray(), NpgsqlDbType.Bytea);
            AddArray(command, images.Rows.Select(static r => r.Image).ToArray(), NpgsqlDbType.Bytea);
        }
        return (long)(await command.ExecuteScalarAsync(stop))! == 1;
    }, cancellation);

    public ValueTask<IReadOnlyList<OutboxEntry>> OutboxAsync(string sink, int limit, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<OutboxEntry>>($"read the outbox of {sink}", async (connection, stop) =>
        {
            var entries = new List<OutboxEntry>();
            await using var command = Command(connection, _statements.Outbox, Text(sink), Bigint(limit));
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop)) entries.Add(new OutboxEntry(reader.GetInt64(0), reader.Bytes(1)));
            return entries;
        }, cancellation);

    public ValueTask<(long Total, IReadOnlyList<string> Items)> LedgerAsync(LedgerKind ledger, bool backwards, long skip, int limit, CancellationToken cancellation) =>
        database.RunAsync<(long, IReadOnlyList<string>)>("read a ledger", async (connection, stop) =>
        {
            await using var count = Command(connection, _statements.CountLedger, Smallint((short)ledger));
            var total = (long)(await count.ExecuteScalarAsync(stop))!;
            var items = new List<string>();
            await using var command = Command(connection, backwards ? _statements.LedgerBackwards : _statements.Ledger, Smallint((short)ledger), Bigint(skip), Bigint(limit));
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop)) items.Add(reader.GetString(0));
            return (total, items);
        }, cancellation);

    private NpgsqlCommand Command(NpgsqlConnection connection, string text, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(text, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = pipeline } } };
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static StoredRecord Record(NpgsqlDataReader reader, int column) => new(reader.GetInt64(column), reader.GetGuid(column + 1), reader.Bytes(column + 2));

    private static void AddLedger(NpgsqlCommand command, IReadOnlyList<LedgerEntry> entries)
    {
        var seen = new Dictionary<(LedgerKind, PartitionId, long), int>();
        var ordinals = new int[entries.Count];
        for (var i = 0; i < ordinals.Length; i++)
        {
            var place = (entries[i].Ledger, entries[i].Partition, entries[i].Position);
            seen[place] = (ordinals[i] = seen.GetValueOrDefault(place)) + 1;
        }
        AddArray(command, entries.Select(static e => (short)e.Ledger).ToArray(), NpgsqlDbType.Smallint);
        AddArray(command, entries.Select(static e => e.Partition.Source).ToArray(), NpgsqlDbType.Text);
        AddArray(command, entries.Select(static e => e.Partition.Partition).ToArray(), NpgsqlDbType.Integer);
        AddArray(command, entries.Select(static e => e.Position).ToArray(), NpgsqlDbType.Bigint);
        AddArray(command, ordinals, NpgsqlDbType.Integer);
        AddArray(command, entries.Select(static e => e.Json).ToArray(), NpgsqlDbType.Text);
    }

    private static void AddArray<T>(NpgsqlCommand command, T[] values, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });

    private static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Bigint(long value) => new NpgsqlParameter<long> { TypedValue = value };

    private static NpgsqlParameter Smallint(short value) => new NpgsqlParameter<short> { TypedValue = value };
}
