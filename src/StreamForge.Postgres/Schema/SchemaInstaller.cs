using Npgsql;
using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Postgres.Schema;

/// <summary>What an installation did.</summary>
/// <param name="Before">The version that was there; 0 for none.</param>
/// <param name="Now">The version that is there.</param>
/// <param name="Applied">The scripts that were run, such as <c>001-keys-and-records</c>.</param>
public sealed record SchemaChange(int Before, int Now, IReadOnlyList<string> Applied);

/// <summary>
/// Creates and upgrades the tables. The table <c>schema_version</c> has a line for each script that was run, with its checksum. An upgrade runs the scripts that are missing, all of them in one transaction or none;
/// an advisory lock lets one at a time do it, so that it may be started any number of times at once. Tables of a newer program, and tables that other scripts have made, are refused.
/// </summary>
public static class SchemaInstaller
{
    /// <summary>The oldest server that has what the statements use.</summary>
    private const int OldestServer = 13;

    private const string VersionTable =
        "create table if not exists schema_version (version integer primary key, name text not null, checksum text not null, applied timestamptz not null default now())";

    /// <exception cref="StreamForgeException">Conflict when the tables there are not a state of ours; see also <see cref="PostgresErrors"/>.</exception>
    public static async Task<SchemaChange> InstallAsync(PostgresDatabase database, CancellationToken cancellation) =>
        await database.RunAsync("create the tables", async (connection, stop) =>
        {
            if (connection.PostgreSqlVersion.Major < OldestServer)
                throw new StreamForgeException(ErrorKind.NotSupported, $"PostgreSQL {database.Name} is version {connection.PostgreSqlVersion.Major}; it must be {OldestServer} or newer");
            await using var transaction = await connection.BeginTransactionAsync(stop);
            await RunAsync(connection, Preamble(database), stop);
            var present = await ReadAsync(connection, database, stop);
            Check(database, present);
            var missing = SchemaScript.All.Skip(present.Count).ToArray();
            foreach (var script in missing)
            {
                await RunAsync(connection, script.Text, stop);
                await RunAsync(connection, Record(script), stop);
            }
            await transaction.CommitAsync(stop);
            return new SchemaChange(present.Count, SchemaScript.All.Count, [.. missing.Select(static s => $"{s.Version:000}-{s.Name}")]);
        }, cancellation);

    /// <summary>What <see cref="InstallAsync"/> runs in an empty database, for people who run it themselves, with psql. Run over tables that are there it fails and changes nothing.</summary>
    public static string Print(PostgresDatabase database) => string.Join(
        '\n',
        ["-- StreamForge's tables. Give the program's user the rights: usage on the schema; select, insert, update and delete on its tables.", "begin;", Preamble(database), .. SchemaScript.All.Select(static s => $"\n-- {s.Version:000}-{s.Name}\n{s.Text.TrimEnd()}\n{Record(s)};"), "commit;", ""]);

    /// <summary>Refuses to work with tables that are missing or of another version.</summary>
    /// <exception cref="StreamForgeException">NotFound or Conflict.</exception>
    internal static async Task CheckAsync(PostgresDatabase database, CancellationToken cancellation)
    {
        var present = await database.RunAsync("read the tables' version", (connection, stop) => ReadAsync(connection, database, stop), cancellation);
        Check(database, present);
        if (present.Count < SchemaScript.All.Count)
            throw new StreamForgeException(ErrorKind.Conflict, $"the schema {database.Schema} in PostgreSQL {database.Name} has version {present.Count}, this program works with version {SchemaScript.All.Count}; streamforge silo init-db upgrades it");
    }

    /// <summary>One at a time, in the schema, with the version table. The lock's number is the schema's name, hashed.</summary>
    private static string Preamble(PostgresDatabase database) => $"""
        select pg_advisory_xact_lock(hashtextextended('streamforge schema ' || '{database.Schema.Replace("'", "''", StringComparison.Ordinal)}', 0));
        create schema if not exists {database.Quoted};
        set local search_path to {database.Quoted};
        {VersionTable};
        """;

    private static string Record(SchemaScript script) => $"insert into schema_version (version, name, checksum) values ({script.Version}, '{script.Name}', '{script.Checksum}')";

    private static void Check(PostgresDatabase database, List<(int Version, string Name, string Checksum)> present)
    {
        foreach (var (index, line) in present.Index())
        {
            if (index >= SchemaScript.All.Count)
                throw new StreamForgeException(ErrorKind.Conflict, $"the schema {database.Schema} in PostgreSQL {database.Name} has version {present[^1].Version}, made by a newer program; this one knows {SchemaScript.All.Count}: run the newer one");
            if (SchemaScript.All[index] is var script && (line.Version != script.Version || line.Checksum != script.Checksum))
                throw new StreamForgeException(ErrorKind.Conflict, $"step {line.Version} ({line.Name}) of the schema {database.Schema} in PostgreSQL {database.Name} was made by another script than this program's; use another schema with --schema, or the program that made it");
        }
    }

    private static async ValueTask<List<(int Version, string Name, string Checksum)>> ReadAsync(NpgsqlConnection connection, PostgresDatabase database, CancellationToken stop)
    {
        var lines = new List<(int, string, string)>();
        await using var command = new NpgsqlCommand($"select version, name, checksum from {database.Quoted}.schema_version order by version", connection);
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop)) lines.Add((reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        return lines;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string text, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(stop);
    }
}
