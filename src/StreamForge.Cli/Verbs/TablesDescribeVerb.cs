using System.CommandLine;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Iceberg.Catalogs;

namespace StreamForge.Cli.Verbs;

/// <summary><c>tables describe TABLE</c>.</summary>
internal sealed class TablesDescribeVerb : TablesVerb
{
    private readonly Argument<string> _table = TableArgument();

    public TablesDescribeVerb(Shell shell) : base(
        shell, "describe", "A table's place, size, columns and partitions", "./streamforge tables describe demo.clicks", "./streamforge tables describe /data/lake/retail/order_lines --json") => Add(_table);

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var table = await Open(parsed).FindAsync(parsed.GetRequiredValue(_table), Shell.Interrupted);
        if (CommonSettings.Json.Read(parsed)) JsonOutput.Write(Shell, json => TableFacts.Write(json, table, whole: true));
        else WriteText(table);
        return ExitCodes.Done;
    }

    private void WriteText(LoadedTable table)
    {
        var metadata = table.Metadata;
        Shell.Print($"{table.Name}, format version {metadata.FormatVersion}");
        Shell.Print($"at {metadata.Location}");
        Shell.Print($"metadata {table.MetadataLocation}");
        Shell.Print(
            $"{Text(TableFacts.Total(table, "records"))} rows in {Text(TableFacts.Total(table, "data-files"))} files, {Text(TableFacts.Total(table, "files-size"))} bytes, "
            + $"{metadata.Snapshots.Length:N0} snapshots, last changed {TableFacts.Time(metadata.LastUpdatedMs)}");
        Shell.Print();
        var schema = metadata.CurrentSchema;
        var spec = metadata.DefaultSpec;
        Tables.Write(
            Shell, ["id", "column", "type", "required", "partition"],
            schema.Fields.Select(f => (string[])
                [$"{f.Id}", f.Name, $"{f.Type}", f.Required ? "yes" : "", string.Join(", ", spec.Fields.Where(p => p.SourceId == f.Id).Select(p => $"{p.Transform} as {p.Name}"))]),
            0);
    }
}
