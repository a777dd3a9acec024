using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Postgres.Schema;

namespace StreamForge.Cli.Verbs;

/// <summary><c>silo init-db</c>: creates or upgrades the cluster's tables.</summary>
internal sealed class SiloInitDbVerb : Verb
{
    private readonly PostgresSettings _postgres = new();
    private readonly Flag _print = new("--print", "Write the SQL for an empty database to standard output, for somebody else to run; asks no server");

    public SiloInitDbVerb(Shell shell) : base(
        shell, "init-db", "Creates or upgrades the cluster's tables in PostgreSQL; run again it changes nothing",
        "./streamforge silo init-db --print", "./streamforge silo init-db --print > streamforge.sql")
    {
        _postgres.AddTo(this);
        Add(_print);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        if (_print.Read(parsed))
        {
            await using var unused = _postgres.OpenUnused(parsed);
            await Shell.Output.WriteAsync(SchemaInstaller.Print(unused));
            return ExitCodes.Done;
        }
        await using var database = _postgres.Open(parsed);
        var change = await SchemaInstaller.InstallAsync(database, Shell.Interrupted);
        foreach (var script in change.Applied) Shell.Print($"applied {script}");
        var where = $"the schema {database.Schema} in PostgreSQL {database.Name}";
        Shell.Print(change switch
        {
            { Applied.Count: 0 } => $"{where} is up to date: version {change.Now}",
            { Before: 0 } => $"{where} is created: version {change.Now}",
            _ => $"{where} is upgraded from version {change.Before} to {change.Now}",
        });
        return ExitCodes.Done;
    }
}
