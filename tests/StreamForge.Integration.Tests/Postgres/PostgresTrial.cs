using Npgsql;
using StreamForge.Cluster.Ports;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;
using StreamForge.Postgres.Schema;
using StreamForge.Testing.Cluster.StorageSuite;

namespace StreamForge.Integration.Tests.Postgres;

/// <summary>The storage in PostgreSQL, in a schema of its own that is dropped in the end.</summary>
internal sealed class PostgresTrial : StorageTrial
{
    public const string Need = "POSTGRES_URL";

    private const string Pipeline = "retail";

    private static readonly string[] Views = ["lines", "customers"];

    private readonly List<IAsyncDisposable> _owned = [];

    private PostgresTrial(string address)
    {
        Address = address;
        Database = Own(new PostgresDatabase(address, Schema));
    }

    public string Address { get; }

    public string Schema { get; } = $"test {Guid.NewGuid():n}";

    public PostgresDatabase Database { get; }

    /// <param name="address">The server; null for that of POSTGRES_URL.</param>
    public static async Task<PostgresTrial> StartAsync(string? address = null)
    {
        var trial = new PostgresTrial(address ?? Environment.GetEnvironmentVariable(Need)!);
        await SchemaInstaller.InstallAsync(trial.Database, CancellationToken.None);
        return trial;
    }

    public override async ValueTask<IPipelineStorage> OpenAsync() => await PostgresPipelineStorage.OpenAsync(Database, Pipeline, Views, CancellationToken.None);

    public override async ValueTask<FragileStorage> OpenFragileAsync()
    {
        var address = PostgresAddress.Parse(Address);
        var proxy = Own(new CuttingProxy(address.Host!, address.Port));
        (address.Host, address.Port, address.SslMode, address.GssEncryptionMode) = ("127.0.0.1", proxy.Port, SslMode.Disable, GssEncryptionMode.Disable);
        (address.NoResetOnClose, address.MaxPoolSize) = (true, 1);
        var database = Own(new PostgresDatabase(address.ConnectionString, Schema));
        return new Fragile(await PostgresPipelineStorage.OpenAsync(database, Pipeline, Views, CancellationToken.None), proxy);
    }

    public T Own<T>(T part) where T : IAsyncDisposable
    {
        _owned.Add(part);
        return part;
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await ScalarAsync($"drop schema \"{Schema}\" cascade");
        _owned.Reverse();
        foreach (var part in _owned) await part.DisposeAsync();
    }

    private sealed class Fragile(IPipelineStorage storage, CuttingProxy proxy) : FragileStorage(storage)
    {
        public override void LoseNextAnswer() => proxy.LoseNextAnswer();

        public override void LoseNextRequest() => proxy.LoseNextRequest();
    }
}
