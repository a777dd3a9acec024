using System.Diagnostics;
using System.IO.Pipelines;
using StreamForge.Core;
using StreamForge.Formats.Compression;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;
using StreamForge.ObjectStores.Local;

namespace StreamForge.Cli.Bench;

/// <summary>
/// <c>parquet</c>: clickstream rows from memory into a Parquet file, and the sum of one column of a larger file, each on one thread. With <paramref name="interpreter"/>, pyarrow writes the same rows and DuckDB
/// sums up the same column, in turns with ours.
/// </summary>
/// <param name="interpreter">Python with pyarrow and duckdb, or null for ours alone.</param>
internal sealed class ParquetScenario(string? interpreter) : IBenchScenario
{
    private const long FullRows = 1_000_000;
    private const int FullScanRows = 5_000_000;
    private const int Turns = 5;
    private const int BatchRows = 16_384;
    private const string Column = "c";

    public string Name => "parquet";

    public string Summary => "1 million clickstream rows into a Parquet file and the sum of a column of 5 million, beside pyarrow and DuckDB where there are any";

    public async Task<BenchReport> RunAsync(BenchContext context, CancellationToken cancellation)
    {
        var rows = Math.Max(1, (long)(FullRows * context.Scale));
        var scanRows = Math.Max(1, (int)(FullScanRows * context.Scale));
        var (rowsFile, scanFile) = (Path.Combine(context.WorkDirectory, "rows.parquet"), Path.Combine(context.WorkDirectory, "numbers.parquet"));
        context.Progress($"making {rows:N0} rows and a file of {scanRows:N0} (not counted)");
        var batches = await ClickstreamRows.ReadAsync(rows, cancellation);
        var expected = WriteNumbers(scanFile, scanRows);
        context.Progress("warming up");
        await EncodeAsync(batches, rowsFile, cancellation);
        await SumAsync(scanFile, cancellation);
        await using var references = interpreter is null ? null : await ParquetReferences.StartAsync(interpreter, context.WorkDirectory, rowsFile, scanFile, Column, cancellation);
        var times = new Times();
        for (var turn = references is null ? 1 : 0; turn <= Turns; turn++)
        {
            // The outside readers warm up in a turn that does not count.
            if (turn == 1) times = new Times();
            context.Progress(turn == 0 ? "warming up the others" : $"turn {turn} of {Turns}");
            times.Encode.Add(await EncodeAsync(batches, rowsFile, cancellation));
            if (references is not null) times.Pyarrow.Add(await PyarrowAsync(references, rows, cancellation));
            times.Scan.Add(Checked(await SumAsync(scanFile, cancellation), expected, "ours"));
            if (references is null) continue;
            times.DuckOne.Add(Checked(await references.ScanAsync(1, cancellation), expected, "DuckDB's"));
            times.Duck.Add(Checked(await references.ScanAsync(0, cancellation), expected, "DuckDB's"));
        }
        foreach (var batch in batches) batch.Release();
        return Report(context, rows, scanRows, times, references?.Versions);
    }

    private static BenchReport Report(BenchContext context, long rows, long scanRows, Times times, string? versions)
    {
        var (encode, scan) = (Medians.Of(times.Encode), Medians.Of(times.Scan));
        var measures = new List<BenchMeasure>
        {
            new("rows", rows, "rows"),
            new("encode_rows_per_second", rows / encode, "rows/s"),
            new("file_bytes_per_row", Length(context, "rows.parquet") / rows, "bytes"),
            new("scan_rows", scanRows, "rows"),
            new("scan_rows_per_second", scanRows / scan, "rows/s"),
        };
        var what = $"Medians of turns on one thread, of rows in memory into a file that is not synced, with {BlockCompressor.DefaultCodec.ToString().ToLowerInvariant()}; and of opening a file and adding up its only column.";
        if (versions is null)
            return new BenchReport(measures) { Notes = [what, $"There are no ratios, as pyarrow and DuckDB are missing: set {ParquetReferences.Interpreter} to a Python interpreter that has both."] };
        var (pyarrow, duckOne, duck) = (Medians.Of(times.Pyarrow), Medians.Of(times.DuckOne), Medians.Of(times.Duck));
        measures.AddRange(
        [
            new("pyarrow_rows_per_second", rows / pyarrow, "rows/s"),
            new("pyarrow_file_bytes_per_row", Length(context, "pyarrow.parquet") / rows, "bytes"),
            new("encode_to_pyarrow", pyarrow / encode, "ratio", 0.5),
            new("duckdb_one_thread_rows_per_second", scanRows / duckOne, "rows/s"),
            new("duckdb_rows_per_second", scanRows / duck, "rows/s"),
            new("scan_to_duckdb_one_thread", duckOne / scan, "ratio", 0.3),
            new("scan_to_duckdb", duck / scan, "ratio", 0.3),
        ]);
        return new BenchReport(measures) { Notes = [what, $"{versions}: pyarrow writes the same rows, read from our file, with zstd at level 1 and dictionaries as by default; DuckDB with one thread, and with as many as it takes by itself."] };
    }

    private static double Length(BenchContext context, string file) => new FileInfo(Path.Combine(context.WorkDirectory, file)).Length;

    private static async Task<double> EncodeAsync(List<ColumnBatch> batches, string path, CancellationToken cancellation)
    {
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        await using (var file = Create(path)) await ClickstreamRows.EncodeAsync(batches, file, cancellation);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> PyarrowAsync(ParquetReferences references, long rows, CancellationToken cancellation)
    {
        var written = await references.WriteAsync(cancellation);
        return written.Rows == rows ? written.Seconds : throw new StreamForgeException(ErrorKind.Internal, $"pyarrow read {written.Rows} rows of our file, where there are {rows}");
    }

    private static double Checked((double Seconds, long Sum) scan, long expected, string whose) =>
        scan.Sum == expected ? scan.Seconds : throw new StreamForgeException(ErrorKind.Internal, $"{whose} sum of the column {Column} is {scan.Sum}, where it must be {expected}");

    private static async Task<(double Seconds, long Sum)> SumAsync(string path, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await using var file = await ParquetFile.OpenAsync(await new LocalObjectStore().OpenAsync(LocalPath.ToLocation(path), cancellation), cancellation);
        long sum = 0;
        for (var group = 0; group < file.RowGroups.Length; group++)
        {
            using var reader = file.Read(group, [0]);
            while (await reader.ReadAsync(BatchRows, cancellation) is { } columns)
            {
                foreach (var value in ((Int64Column)columns[0]).Values) sum += value;
                columns[0].Release();
            }
        }
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, sum);
    }

    /// <summary>A file of random numbers, none null.</summary>
    /// <returns>Their sum.</returns>
    private static long WriteNumbers(string path, int rows)
    {
        var column = new Int64Column(DataType.BigInt, rows);
        var random = new Random(1);
        long sum = 0;
        for (var i = 0; i < rows; i++)
        {
            var value = random.Next();
            column.Append(value);
            sum += value;
        }
        using var file = Create(path);
        var output = PipeWriter.Create(file);
        using var encoder = new ParquetEncoder(output, [new DataFileColumn(Column, DataType.BigInt, 1)]);
        encoder.Write([column]);
        encoder.Complete();
        output.Complete();
        column.Release();
        return sum;
    }

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Seconds of each turn.</summary>
    private sealed class Times
    {
        public List<double> Encode { get; } = [];

        public List<double> Pyarrow { get; } = [];

        public List<double> Scan { get; } = [];

        public List<double> DuckOne { get; } = [];

        public List<double> Duck { get; } = [];
    }
}
