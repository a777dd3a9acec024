using System.CommandLine;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Cli.Verbs;

/// <summary><c>tables snapshots TABLE</c>: the newest first.</summary>
internal sealed class TablesSnapshotsVerb : TablesVerb
{
    private const long ShownToPeople = 20;

    private readonly Argument<string> _table = TableArgument();
    private readonly Setting<long?> _limit = CommonSettings.Count("--limit", $"How many, the newest first [default: {ShownToPeople}; with --json all]");

    public TablesSnapshotsVerb(Shell shell) : base(
        shell, "snapshots", "A table's states, the newest first", "./streamforge tables snapshots demo.clicks", "./streamforge tables snapshots demo.clicks --limit 1 --json")
    {
        Add(_table);
        Add(_limit);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var table = await Open(parsed).FindAsync(parsed.GetRequiredValue(_table), Shell.Interrupted);
        var json = CommonSettings.Json.Read(parsed);
        var all = table.Metadata.Snapshots;
        var limit = (int)Math.Min(_limit.Read(parsed) ?? (json ? long.MaxValue : ShownToPeople), all.Length);
        var shown = all.Reverse().Take(limit).ToArray();
        if (json) WriteJson(all.Length, shown);
        else WriteText(all.Length, shown);
        return ExitCodes.Done;
    }

    private void WriteJson(int total, Snapshot[] shown) => JsonOutput.Write(Shell, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("total", total);
        json.WriteStartArray("items");
        foreach (var snapshot in shown) TableFacts.Write(json, snapshot);
        json.WriteEndArray();
        json.WriteNull("next");
        json.WriteEndObject();
    });

    private void WriteText(int total, Snapshot[] shown)
    {
        if (shown.Length > 0)
        {
            Tables.Write(
                Shell, ["snapshot", "time", "operation", "added", "rows", "files"],
                shown.Select(s => (string[])
                [
                    $"{s.SnapshotId}", TableFacts.Time(s.TimestampMs), s.Operation ?? "", s.Summary.GetValueOrDefault("added-records", ""), Text(TableFacts.Total(s, "records")), Text(TableFacts.Total(s, "data-files")),
                ]),
                3, 4, 5);
        }
        Shell.Print($"{total:N0} snapshot{(total == 1 ? "" : "s")}{(shown.Length < total ? $", {shown.Length:N0} of them shown; --limit shows more" : "")}");
    }
}
