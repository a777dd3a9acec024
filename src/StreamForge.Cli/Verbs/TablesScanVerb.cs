using System.Buffers;
using System.CommandLine;
using System.Globalization;
using StreamForge.Cli.Lake;
using StreamForge.Cli.Output;
using StreamForge.Cli.Parsing;
using StreamForge.Core;
using StreamForge.Embedded.Sinks;
using StreamForge.Iceberg.Catalogs;
using StreamForge.Iceberg.Scans;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Cli.Verbs;

/// <summary><c>tables scan TABLE</c>: rows on standard output, on standard error how much of the table was read for them.</summary>
internal sealed class TablesScanVerb : TablesVerb
{
    private enum RowFormat
    {
        Json,
        Csv,
    }

    private readonly Argument<string> _table = TableArgument();
    private readonly Setting<long?> _asOf = CommonSettings.Moment("--as-of", "The table as it was at this moment [default: as it is]");
    private readonly Setting<long?> _snapshot = new("--snapshot", "ID", "The table at this snapshot; tables snapshots lists them", null, "the number of a snapshot", TryNumber);
    private readonly Setting<string?> _where = CommonSettings.OptionalText("--where", "SQL", "Only rows for which this is true, such as \"amount > 10 AND country = 'France'\"");
    private readonly Setting<long?> _limit = CommonSettings.Count("--limit", "How many rows at most [default: all]");
    private readonly Setting<RowFormat> _format = new("--format", "FORMAT", "json, an object a line, or csv with a header [default: json]", RowFormat.Json, "json or csv", TryFormat);

    public TablesScanVerb(Shell shell) : base(
        shell, "scan", "Reads a table's rows", "./streamforge tables scan demo.clicks --limit 5", "./streamforge tables scan demo.clicks --where \"event_type = 'purchase'\" --format csv",
        "./streamforge tables scan demo.clicks --as-of 2030-01-01T00:00:00Z --limit 1")
    {
        Add(_table);
        foreach (var option in (Setting[])[_asOf, _snapshot, _where, _limit, _format]) Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed)
    {
        var format = _format.Read(parsed);
        if (format == RowFormat.Csv && CommonSettings.Json.Read(parsed)) throw new StreamForgeException(ErrorKind.InvalidArgument, "--json and --format csv exclude each other; give one of them");
        var limit = _limit.Read(parsed);
        var options = new ScanOptions
        {
            SnapshotId = _snapshot.Read(parsed),
            AsOf = _asOf.Read(parsed),
            Where = _where.Read(parsed),
            // Reading ahead is for nothing when a few rows are wanted.
            Parallelism = limit is null ? Math.Clamp(Environment.ProcessorCount, 1, 4) : 1,
            Clock = Shell.Clock,
        };
        if (options is { SnapshotId: not null, AsOf: not null }) throw new StreamForgeException(ErrorKind.InvalidArgument, "--snapshot and --as-of exclude each other; give one of them");
        var lakehouse = Open(parsed);
        var table = await lakehouse.FindAsync(parsed.GetRequiredValue(_table), Shell.Interrupted);
        var scan = await TableScan.PlanAsync(lakehouse.Store, table.Metadata, table.MetadataLocation, options, Shell.Interrupted);
        await using var output = Shell.OpenRawOutput();
        long rows;
        try
        {
            rows = await WriteAsync(table, scan, format, limit ?? long.MaxValue, output);
        }
        catch (IOException error) when (Shell.IsClosedPipe(error))
        {
            // Whoever read the pipe has seen enough.
            return ExitCodes.Done;
        }
        Shell.Errors.Line(Summary(table, scan, rows));
        return ExitCodes.Done;
    }

    /// <summary>Writes batch by batch, so that the first rows are seen while the others are still read.</summary>
    /// <returns>Rows written.</returns>
    private async Task<long> WriteAsync(LoadedTable table, TableScan scan, RowFormat format, long limit, Stream output)
    {
        using var json = new JsonRowWriter(TypeMapping.AsGiven(table.Metadata.CurrentSchema, scan.Schema));
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        if (format == RowFormat.Csv)
        {
            new CsvRowWriter(scan.Schema).WriteHeader(buffer);
            await FlushAsync(buffer, output);
        }
        var rows = 0L;
        if (limit == 0) return rows;
        await foreach (var batch in scan.ReadAsync(Shell.Interrupted))
        {
            try
            {
                var count = (int)Math.Min(batch.Count, limit - rows);
                if (format == RowFormat.Csv) CsvRowWriter.Write(batch, 0, count, buffer);
                else json.Write(batch, 0, count, buffer);
                await FlushAsync(buffer, output);
                rows += count;
            }
            finally
            {
                batch.Release();
            }
            if (rows == limit) break;
        }
        return rows;
    }

    private async Task FlushAsync(ArrayBufferWriter<byte> buffer, Stream output)
    {
        await output.WriteAsync(buffer.WrittenMemory, Shell.Interrupted);
        buffer.ResetWrittenCount();
    }

    private static string Summary(LoadedTable table, TableScan scan, long rows)
    {
        var counts = scan.Counts;
        // What lies behind manifests that were passed over is known from the snapshot alone.
        var files = Math.Max(counts.Files, scan.Snapshot is { } snapshot && TableFacts.Total(snapshot, "data-files") is { } total ? total : 0);
        var groups = counts.RowGroupsRead + counts.RowGroupsSkipped;
        var skipped = $"{counts.ManifestsSkipped:N0} of {counts.Manifests:N0} {Plural(counts.Manifests, "manifest")} and {counts.RowGroupsSkipped:N0} of {groups:N0} {Plural(groups, "row group")} skipped";
        var deletes = counts.DeleteFiles == 0 ? "" : $", {counts.DeleteFiles:N0} {Plural(counts.DeleteFiles, "file")} of deletes";
        return $"{table.Name}: read {counts.FilesRead:N0} of {files:N0} {Plural(files, "file")} ({skipped}{deletes}); {rows:N0} {Plural(rows, "row")}";
    }

    private static string Plural(long count, string word) => count == 1 ? word : word + "s";

    private static bool TryNumber(string text, out long? value)
    {
        var valid = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        value = number;
        return valid;
    }

    private static bool TryFormat(string text, out RowFormat value)
    {
        value = text == "csv" ? RowFormat.Csv : RowFormat.Json;
        return text is "json" or "csv";
    }
}
