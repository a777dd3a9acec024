using System.CommandLine;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Transfer;
using StreamForge.Pipeline.States;
using StreamForge.Postgres.Transfer;

namespace StreamForge.Cli.Verbs;

/// <summary><c>state import</c>.</summary>
internal sealed class StateImportVerb : StateVerb
{
    private readonly Argument<string> _file = FileArgument();

    public StateImportVerb(Shell shell) : base(
        shell, "import", "Takes a pipeline's state from a file, where there is none of it yet", "./streamforge state import retail.state --data-dir ./retail-data")
    {
        Add(_file);
        AddOptions();
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(_file);
        if (!File.Exists(path)) throw new StreamForgeException(ErrorKind.NotFound, $"there is no file {path}; streamforge state export writes one");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        var reader = new StateReader(file, path);
        if (IsCluster(parsed))
        {
            await using var database = Postgres.Open(parsed);
            await PostgresStateImport.ImportAsync(reader, database, Shell.Interrupted);
            Report(parsed, "imported", reader.Header, reader.Counts, $"it runs when a silo has its definition (PostgreSQL {database.Name}, schema {database.Schema})");
            return ExitCodes.Done;
        }
        var data = CommonSettings.DataDirectory(parsed);
        EmbeddedStateImport.Import(reader, data, Shell.Clock);
        Report(parsed, "imported", reader.Header, reader.Counts, $"it goes on with: streamforge run FILE --data-dir {data.Path}");
        return ExitCodes.Done;
    }
}
