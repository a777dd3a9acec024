using Npgsql;
using StreamForge.Cluster.Ports;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;

namespace StreamForge.Cluster.Tests.Faults.Real;

/// <summary>A pipeline's storage in PostgreSQL, in a schema of its own that is dropped in the end.</summary>
internal sealed class RealStorage : IAsyncDisposable
{
    public const string Need = "POSTGRES_URL";

    private readonly PostgresDatabase _database;

    private RealStorage(PostgresDatabase database, IPipelineStorage storage) => (_database, Storage) = (database, storage);

    public IPipelineStorage Storage { get; }

    /// <param name="address">The server; null for that of POSTGRES_URL.</param>
    public static Task<RealStorage> OpenAsync(string? address = null) => OpenAsync("shop", ["invoices", "customers", "products"], address);

    /// <param name="pipeline">Its name.</param>
    /// <param name="views">Those of its file, in order.</param>
    /// <param name="address">The server; null for that of POSTGRES_URL.</param>
    public static async Task<RealStorage> OpenAsync(string pipeline, string[] views, string? address = null)
    {
        var database = new PostgresDatabase(address ?? Environment.GetEnvironmentVariable(Need)!, $"test {Guid.NewGuid():n}");
        await SchemaInstaller.InstallAsync(database, CancellationToken.None);
        return new RealStorage(database, await PostgresPipelineStorage.OpenAsync(database, pipeline, views, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(_database.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"drop schema \"{_database.Schema}\" cascade", connection);
            await command.ExecuteNonQueryAsync();
        }
        await _database.DisposeAsync();
    }
}
