using Npgsql;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Transfer;

/// <summary>Reading a pipeline as a whole.</summary>
internal static class TransferReads
{
    /// <exception cref="StreamForgeException">NotFound.</exception>
    public static async Task<int> PipelineAsync(NpgsqlConnection connection, TransferStatements queries, string pipeline, PostgresDatabase database, CancellationToken stop)
    {
        var known = await ReadAsync(connection, queries.Pipelines, static row => (Id: row.GetInt32(0), Name: row.GetString(1)), stop);
        if (known.FirstOrDefault(p => p.Name == pipeline) is { Name: not null } found) return found.Id;
        throw new StreamForgeException(
            ErrorKind.NotFound, $"PostgreSQL {database.Name} has no pipeline {pipeline}; there is {(known.Count == 0 ? "none" : string.Join(", ", known.Select(static p => p.Name)))}");
    }

    public static NpgsqlCommand Command(NpgsqlConnection connection, string text, params ReadOnlySpan<int> ids)
    {
        var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
        foreach (var id in ids) command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id });
        return command;
    }

    public static Task<List<(string Name, StoredRecord Record)>> RecordsAsync(NpgsqlConnection connection, string text, int pipeline, CancellationToken stop) =>
        ReadAsync(connection, text, static row => (row.GetString(0), new StoredRecord(row.GetInt64(1), row.GetGuid(2), row.Bytes(3))), stop, pipeline);

    public static Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string text, Func<NpgsqlDataReader, T> row, CancellationToken stop, params ReadOnlySpan<int> ids)
    {
        var parameters = new NpgsqlParameter[ids.Length];
        for (var i = 0; i < ids.Length; i++) parameters[i] = new NpgsqlParameter<int> { TypedValue = ids[i] };
        return QueryAsync(connection, text, row, stop, parameters);
    }

    public static async Task<List<T>> QueryAsync<T>(NpgsqlConnection connection, string text, Func<NpgsqlDataReader, T> row, CancellationToken stop, params NpgsqlParameter[] parameters)
    {
        var rows = new List<T>();
        await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) rows.Add(row(reader));
        return rows;
    }
}
