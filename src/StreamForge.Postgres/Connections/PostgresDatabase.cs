using Microsoft.Extensions.Logging;
using Npgsql;
using StreamForge.Core;

namespace StreamForge.Postgres.Connections;

/// <summary>
/// One database and the schema in it that StreamForge keeps its tables in; owns a bounded pool of connections. Safe from any thread.
/// <para>
/// Its sessions are set up for statements that touch thousands of rows by key: one plan for each, made once, that walks the array and looks up key by key. Whatever the planner's statistics say, rows are then locked in
/// the array's order, which is what keeps two writers from a deadlock. What an address sets itself (pool size, timeouts) stays.
/// </para>
/// </summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>The schema where none is named.</summary>
    public const string DefaultSchema = "streamforge";

    private const int MostConnections = 24;
    private const string SessionOptions =
        "-c synchronous_commit=on -c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off";

    private readonly string _plain;

    /// <param name="address">As <see cref="PostgresAddress"/> reads it.</param>
    /// <param name="schema">The schema's name, any text of at most 63 bytes.</param>
    /// <param name="loggers">Where Npgsql logs to; null for nowhere.</param>
    /// <exception cref="StreamForgeException">InvalidArgument for a wrong address or name.</exception>
    public PostgresDatabase(string address, string schema = DefaultSchema, ILoggerFactory? loggers = null)
    {
        if (schema.Length is 0 or > 63 || schema.Contains('\0', StringComparison.Ordinal))
            throw new StreamForgeException(ErrorKind.InvalidArgument, "the schema's name has 1 to 63 characters");
        Schema = schema;
        var builder = PostgresAddress.Parse(address);
        _plain = builder.ConnectionString;
        Name = $"{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";
        if (!builder.ContainsKey("Maximum Pool Size") || builder.MaxPoolSize == 100) builder.MaxPoolSize = MostConnections;
        builder.ApplicationName ??= "streamforge";
        builder.MaxAutoPrepare = 32;
        builder.AutoPrepareMinUsages = 2;
        builder.ReadBufferSize = builder.WriteBufferSize = 64 * 1024;
        builder.TcpKeepAlive = true;
        builder.Options = builder.Options is { Length: > 0 } own ? $"{SessionOptions} {own}" : SessionOptions;
        var sources = new NpgsqlDataSourceBuilder(builder.ConnectionString);
        if (loggers is not null) sources.UseLoggerFactory(loggers);
        Source = sources.Build();
        Quoted = Quote(schema);
    }

    /// <summary>Host, port and database, as messages name them.</summary>
    public string Name { get; }

    /// <summary>The schema.</summary>
    public string Schema { get; }

    /// <summary>For other clients of the same schema (membership, reminders and grain storage of the silos): the same database, unqualified names found in the schema.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_plain) { SearchPath = Quoted }.ConnectionString;

    internal NpgsqlDataSource Source { get; }

    /// <summary>The schema's name as SQL has it.</summary>
    internal string Quoted { get; }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Runs something on a connection of the pool, and says in our words what went wrong.</summary>
    /// <exception cref="StreamForgeException">See <see cref="PostgresErrors"/>.</exception>
    internal async ValueTask<T> RunAsync<T>(string what, Func<NpgsqlConnection, CancellationToken, ValueTask<T>> run, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancellation);
            return await run(connection, cancellation);
        }
        catch (Exception error) when (PostgresErrors.IsOurs(error))
        {
            throw PostgresErrors.Translate(error, what, Name);
        }
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
