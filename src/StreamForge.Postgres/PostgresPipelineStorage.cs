using Npgsql;
using NpgsqlTypes;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Images;
using StreamForge.Postgres.Keys;
using StreamForge.Postgres.Records;
using StreamForge.Postgres.Schema;

namespace StreamForge.Postgres;

/// <summary>
/// Everything that the cluster keeps of one pipeline, in PostgreSQL. Every write is durable when it is answered (<c>synchronous_commit</c> stays on). Safe from any thread; any number of them, in any number of
/// processes, may be open for one pipeline: what keeps them apart is the versions.
/// </summary>
public sealed class PostgresPipelineStorage : IPipelineStorage
{
    private PostgresPipelineStorage(PostgresDatabase database, int pipeline, int[] views)
    {
        Keys = new PostgresKeyStorage(database, pipeline, views);
        Records = new PostgresRecordStorage(database, pipeline);
        Images = new PostgresImageStorage(database, pipeline);
    }

    public IKeyStorage Keys { get; }

    public IRecordStorage Records { get; }

    public IImageStorage Images { get; }

    /// <summary>Opens a pipeline's storage, and makes a place for it and its views where there is none.</summary>
    /// <param name="database">Not owned; outlives the storage.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="views">The names of the plan's views, in its order.</param>
    /// <exception cref="StreamForgeException">NotFound when the tables are missing, Conflict when they are of another version; see also <see cref="PostgresErrors"/>.</exception>
    public static async Task<PostgresPipelineStorage> OpenAsync(PostgresDatabase database, string pipeline, IReadOnlyList<string> views, CancellationToken cancellation)
    {
        await SchemaInstaller.CheckAsync(database, cancellation);
        return await database.RunAsync($"open the pipeline {pipeline}", async (connection, stop) =>
        {
            var id = await IdAsync(connection, $"insert into {database.Quoted}.pipelines (name) values ($1) on conflict do nothing", $"select id from {database.Quoted}.pipelines where name = $1", stop, Text(pipeline));
            var ids = new int[views.Count];
            for (var i = 0; i < ids.Length; i++)
            {
                ids[i] = await IdAsync(
                    connection, $"insert into {database.Quoted}.views (name, pipeline_id) values ($1, $2) on conflict do nothing",
                    $"select id from {database.Quoted}.views where name = $1 and pipeline_id = $2", stop, Text(views[i]), new NpgsqlParameter<int> { TypedValue = id });
            }
            return new PostgresPipelineStorage(database, id, ids);
        }, cancellation);
    }

    /// <summary>The names of all pipelines that are stored, in order.</summary>
    public static ValueTask<IReadOnlyList<string>> PipelinesAsync(PostgresDatabase database, CancellationToken cancellation) =>
        database.RunAsync<IReadOnlyList<string>>("list the pipelines", async (connection, stop) =>
        {
            var names = new List<string>();
            await using var command = new NpgsqlCommand($"select name from {database.Quoted}.pipelines order by name collate \"C\"", connection);
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop)) names.Add(reader.GetString(0));
            return names;
        }, cancellation);

    /// <summary>The id of a row that may be there or not.</summary>
    private static async ValueTask<int> IdAsync(NpgsqlConnection connection, string insert, string select, CancellationToken stop, params NpgsqlParameter[] parameters)
    {
        foreach (var text in (string[])[select, insert, select])
        {
            await using var command = new NpgsqlCommand(text, connection);
            foreach (var parameter in parameters) command.Parameters.Add(parameter.Clone());
            if (await command.ExecuteScalarAsync(stop) is int id) return id;
        }
        throw new StreamForgeException(ErrorKind.Conflict, "the pipeline was removed from PostgreSQL while it was being opened", retryable: true);
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };
}
