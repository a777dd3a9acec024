using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamForge.Cli.Cluster;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Storage;
using StreamForge.Core;
using StreamForge.Postgres;
using StreamForge.Postgres.Connections;
using StreamForge.Silo.Hosting;

namespace StreamForge.Silo.Storage;

/// <summary>Where a node keeps what must survive it: PostgreSQL, or for a first try this process. Owns the database's connections.</summary>
internal sealed class ClusterStorage : IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WatchPatience = TimeSpan.FromSeconds(5);

    private readonly PostgresDatabase? _database;
    private readonly ConcurrentDictionary<string, MemoryPipelineStorage> _memory = new(StringComparer.Ordinal);

    private ClusterStorage(PostgresDatabase? database) => _database = database;

    /// <summary>For Orleans' own tables; null where there is no database.</summary>
    public string? ConnectionString => _database?.ConnectionString;

    /// <summary>What people must know of it; null for nothing.</summary>
    public string? Warning => _database is null ? "warning: without --postgres everything is kept in this process's memory; nothing survives its end, and the topic is read again from its start_offset" : null;

    public static ClusterStorage Open(NodeOptions options, ILoggerFactory logging) =>
        new(options.Postgres is { } address ? new PostgresDatabase(address, options.Schema, logging) : null);

    /// <summary>What is kept of a pipeline.</summary>
    /// <param name="views">The views of its plan in their order; none to reach only its records.</param>
    /// <exception cref="StreamForgeException">NotFound or Conflict when the tables are missing or of another version, with what to do; Unavailable.</exception>
    public async Task<IPipelineStorage> OpenAsync(string pipeline, IReadOnlyList<string> views, CancellationToken cancellation) => _database is { } database
        ? await PostgresPipelineStorage.OpenAsync(database, pipeline, views, cancellation)
        : _memory.GetOrAdd(pipeline, static _ => new MemoryPipelineStorage());

    /// <summary>Asks the storage every few seconds whether it answers, and tells the health.</summary>
    public async Task WatchAsync(NodeHealth health, TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(WatchInterval, clock);
        while (await timer.WaitForNextTickAsync(cancellation)) health.Storage(await ProbeAsync(clock, cancellation));
    }

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<string?> ProbeAsync(TimeProvider clock, CancellationToken cancellation)
    {
        if (_database is null) return null;
        using var timeout = new CancellationTokenSource(WatchPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            await PostgresPipelineStorage.PipelinesAsync(_database, either.Token);
            return null;
        }
        catch (StreamForgeException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"PostgreSQL {_database.Name} does not answer within {WatchPatience.TotalSeconds:N0} s";
        }
    }
}
