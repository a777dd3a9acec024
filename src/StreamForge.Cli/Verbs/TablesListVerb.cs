using System.CommandLine;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;

namespace StreamForge.Cli.Verbs;

/// <summary><c>tables list</c>.</summary>
internal sealed class TablesListVerb(Shell shell) : TablesVerb(shell, "list", "Lists the tables of a data directory or a warehouse", "./streamforge tables list", "./streamforge tables list --warehouse /data/lake --json")
{
    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var tables = await Open(parsed).ListAsync(Shell.Interrupted);
        if (CommonSettings.Json.Read(parsed))
        {
            JsonOutput.Write(Shell, json => JsonOutput.WriteList(json, tables, static (writer, table) => TableFacts.Write(writer, table, whole: false)));
            return ExitCodes.Done;
        }
        if (tables.Count > 0)
        {
            Tables.Write(
                Shell, ["table", "rows", "files", "bytes", "snapshots", "last change", "location"],
                tables.Select(t => (string[])
                [
                    t.Name.ToString(), Text(TableFacts.Total(t, "records")), Text(TableFacts.Total(t, "data-files")), Text(TableFacts.Total(t, "files-size")), $"{t.Metadata.Snapshots.Length:N0}",
                    TableFacts.Time(t.Metadata.LastUpdatedMs), t.Metadata.Location,
                ]),
                1, 2, 3, 4);
        }
        Shell.Print(tables.Count == 1 ? "1 table" : $"{tables.Count:N0} tables");
        return ExitCodes.Done;
    }
}
