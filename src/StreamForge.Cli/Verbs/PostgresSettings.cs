using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Postgres.Connections;

namespace StreamForge.Cli.Verbs;

/// <summary>Where the cluster's PostgreSQL is, for the verbs that use it.</summary>
internal sealed class PostgresSettings
{
    private readonly Setting<string?> _address = CommonSettings.OptionalText("--postgres", "URL", "PostgreSQL of the cluster: postgresql://user:password@host:port/database, or Host=…;Username=…");
    private readonly Setting<string?> _schema = new("--schema", "NAME", $"The schema that the tables are in [default: {PostgresDatabase.DefaultSchema}]", null, "a name", static (text, out value) => (value = text).Length > 0);

    public void AddTo(Command command)
    {
        command.Add(_address);
        command.Add(_schema);
    }

    /// <summary>Whether the command line names it.</summary>
    public bool IsNamed(ParseResult parsed) => parsed.GetResult(_address) is { Implicit: false };

    /// <summary>Whether the command line or the environment names it.</summary>
    public bool IsGiven(ParseResult parsed) => _address.IsGiven(parsed);

    /// <summary>Whether the cluster is meant, and not a data directory; what the command line names goes before the environment.</summary>
    /// <exception cref="StreamForgeException">InvalidArgument when both are named.</exception>
    public bool IsMeant(ParseResult parsed)
    {
        var directory = parsed.GetResult(CommonSettings.DataDirectoryPath) is { Implicit: false };
        var postgres = IsNamed(parsed);
        if (directory && postgres) throw new StreamForgeException(ErrorKind.InvalidArgument, "name either --data-dir or --postgres");
        return postgres || (!directory && IsGiven(parsed));
    }

    /// <exception cref="StreamForgeException">InvalidArgument when it is missing or wrong.</exception>
    public PostgresDatabase Open(ParseResult parsed) => Open(parsed, _address.Read(parsed) ?? throw new StreamForgeException(
        ErrorKind.InvalidArgument, "where is PostgreSQL? name it with --postgres postgresql://user:password@host:port/database, or in STREAMFORGE_POSTGRES"));

    /// <summary>As <see cref="Open(ParseResult)"/>, for what needs no server; it need not be named.</summary>
    public PostgresDatabase OpenUnused(ParseResult parsed) => Open(parsed, _address.Read(parsed) ?? "Host=localhost");

    private PostgresDatabase Open(ParseResult parsed, string address) => new(address, _schema.Read(parsed) ?? PostgresDatabase.DefaultSchema);
}
