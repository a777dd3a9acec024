using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Transfer;
using StreamForge.Core;
using StreamForge.Pipeline.States;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;

namespace StreamForge.Postgres.Transfer;

/// <summary>Puts a pipeline's state into the cluster's storage, in one transaction: all of it or nothing.</summary>
public static class PostgresStateImport
{
    /// <summary>A large state's indexes are made while the server says nothing.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromHours(1);

    /// <param name="reader">At its beginning.</param>
    /// <exception cref="StreamForgeException">Conflict when the pipeline has state there; InvalidArgument when the cluster cannot go on with it; Corrupt; see also <see cref="PostgresErrors"/>.</exception>
    public static async Task ImportAsync(StateReader reader, PostgresDatabase database, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var header = reader.Header;
        ClusterState.CheckFits(header);
        await SchemaInstaller.CheckAsync(database, cancellation);
        await database.RunAsync($"import the state of {header.Pipeline}", async (connection, stop) =>
        {
            var (statements, writer) = (new TransferStatements(database.Quoted), Guid.NewGuid());
            await using var transaction = await connection.BeginTransactionAsync(stop);
            var pipeline = (int)(await ScalarAsync(connection, statements.Take, stop, Text(header.Pipeline)))!;
            if ((bool)(await ScalarAsync(connection, statements.IsUsed, stop, Integer(pipeline)))!)
                throw new StreamForgeException(ErrorKind.Conflict, $"PostgreSQL {database.Name} has state of {header.Pipeline} already; delete it there, or name another --schema (streamforge silo init-db makes its tables)");
            var views = new int[header.Views.Length];
            for (var i = 0; i < views.Length; i++) views[i] = (int)(await ScalarAsync(connection, statements.TakeView, stop, Integer(pipeline), Text(header.Views[i].Name)))!;
            foreach (var (name, content) in ClusterState.Records(header))
                await ScalarAsync(connection, statements.AddRecord, stop, Integer(pipeline), Text(name), new NpgsqlParameter<Guid> { TypedValue = writer }, new NpgsqlParameter<byte[]> { TypedValue = content });
            var record = await CopyKeysAsync(connection, statements, reader, views, writer, stop);
            record = await CopyImagesAsync(connection, statements, reader, pipeline, record, stop);
            await CopyLedgersAsync(connection, statements, reader, pipeline, record, stop);
            await transaction.CommitAsync(stop);
            return true;
        }, cancellation);
    }

    /// <summary>Copies all keys; windows come before them and are kept until then.</summary>
    /// <returns>The record after the last key.</returns>
    private static async Task<StateRecord?> CopyKeysAsync(NpgsqlConnection connection, TransferStatements statements, StateReader reader, int[] views, Guid writer, CancellationToken stop)
    {
        var closing = new Dictionary<Cluster.Ports.KeyId, WindowsRecord>();
        var record = reader.Next();
        for (; record is WindowsRecord windows; record = reader.Next()) closing[new Cluster.Ports.KeyId(windows.View, windows.Key)] = windows;
        await using var copy = await connection.BeginBinaryImportAsync(statements.CopyKeys, stop);
        copy.Timeout = LongEnough;
        for (; record is KeyRecord state; record = reader.Next())
        {
            var id = new Cluster.Ports.KeyId(state.View, ClusterState.KeyOf(state));
            var windows = closing.GetValueOrDefault(id);
            var (content, newest) = ClusterState.Stored(reader.Header, state, windows);
            await copy.StartRowAsync(stop);
            await copy.WriteAsync(views[state.View], NpgsqlDbType.Integer, stop);
            await copy.WriteAsync((short)id.Group, NpgsqlDbType.Smallint, stop);
            await copy.WriteAsync(1L, NpgsqlDbType.Bigint, stop);
            await copy.WriteAsync(newest, NpgsqlDbType.Bigint, stop);
            if (windows?.Due is { } due) await copy.WriteAsync(due, NpgsqlDbType.Bigint, stop);
            else await copy.WriteNullAsync(stop);
            await copy.WriteAsync(writer, NpgsqlDbType.Uuid, stop);
            await copy.WriteAsync(id.Key, NpgsqlDbType.Bytea, stop);
            await copy.WriteAsync(content, NpgsqlDbType.Bytea, stop);
        }
        await copy.CompleteAsync(stop);
        return record;
    }

    /// <summary>Copies all images; a partition's index is its number in the header.</summary>
    /// <returns>The record after the last image.</returns>
    private static async Task<StateRecord?> CopyImagesAsync(NpgsqlConnection connection, TransferStatements statements, StateReader reader, int pipeline, StateRecord? record, CancellationToken stop)
    {
        if (record is not ImageRecord) return record;
        await using var copy = await connection.BeginBinaryImportAsync(statements.CopyImages, stop);
        copy.Timeout = LongEnough;
        for (; record is ImageRecord image; record = reader.Next())
        {
            await copy.StartRowAsync(stop);
            await copy.WriteAsync(pipeline, NpgsqlDbType.Integer, stop);
            await copy.WriteAsync((short)image.Partition, NpgsqlDbType.Smallint, stop);
            await copy.WriteAsync(image.Key, NpgsqlDbType.Bytea, stop);
            await copy.WriteAsync(image.Image, NpgsqlDbType.Bytea, stop);
        }
        await copy.CompleteAsync(stop);
        return record;
    }

    private static async Task CopyLedgersAsync(NpgsqlConnection connection, TransferStatements statements, StateReader reader, int pipeline, StateRecord? record, CancellationToken stop)
    {
        var seen = new Dictionary<(LedgerKind, PartitionId, long), int>();
        await using var copy = await connection.BeginBinaryImportAsync(statements.CopyLedgers, stop);
        copy.Timeout = LongEnough;
        for (; record is LedgerRecord line; record = reader.Next())
        {
            var entry = ClusterState.Entry(line);
            var place = (entry.Ledger, entry.Partition, entry.Position);
            var ordinal = seen.GetValueOrDefault(place);
            seen[place] = ordinal + 1;
            await copy.StartRowAsync(stop);
            await copy.WriteAsync(pipeline, NpgsqlDbType.Integer, stop);
            await copy.WriteAsync((short)entry.Ledger, NpgsqlDbType.Smallint, stop);
            await copy.WriteAsync(entry.Partition.Source, NpgsqlDbType.Text, stop);
            await copy.WriteAsync(entry.Partition.Partition, NpgsqlDbType.Integer, stop);
            await copy.WriteAsync(entry.Position, NpgsqlDbType.Bigint, stop);
            await copy.WriteAsync(ordinal, NpgsqlDbType.Integer, stop);
            await copy.WriteAsync(entry.Json, NpgsqlDbType.Text, stop);
        }
        await copy.CompleteAsync(stop);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string text, CancellationToken stop, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(text, connection);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return await command.ExecuteScalarAsync(stop);
    }

    private static NpgsqlParameter<int> Integer(int value) => new() { TypedValue = value };

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };
}
