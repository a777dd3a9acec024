using System.Diagnostics;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Cli.Bench;

/// <summary>pyarrow and DuckDB in a Python process of their own, asked for one turn at a time; the script comes with the program. One task at a time.</summary>
internal sealed class ParquetReferences : IAsyncDisposable
{
    /// <summary>The variable that names a Python interpreter with pyarrow and duckdb.</summary>
    public const string Interpreter = "ICEBERG_PYTHON";

    private const string Script = "parquet_bench.py";

    private readonly Process _python;
    private readonly Task<string> _errors;

    private ParquetReferences(Process python)
    {
        _python = python;
        _errors = python.StandardError.ReadToEndAsync();
    }

    /// <summary>Such as <c>pyarrow 20.0.0, DuckDB 1.3.0</c>.</summary>
    public string Versions { get; private set; } = "";

    /// <param name="interpreter">Python with pyarrow and duckdb.</param>
    /// <param name="folder">Where the script and what pyarrow writes go.</param>
    /// <param name="rows">The Parquet file whose rows pyarrow writes.</param>
    /// <param name="scanned">The Parquet file that DuckDB scans.</param>
    /// <param name="column">The column that it sums up.</param>
    /// <param name="cancellation">Ends the wait for Python.</param>
    /// <exception cref="StreamForgeException">Python does not start, or lacks a package; with what it said.</exception>
    public static async Task<ParquetReferences> StartAsync(string interpreter, string folder, string rows, string scanned, string column, CancellationToken cancellation)
    {
        var script = Path.Combine(folder, Script);
        await using (var target = File.Create(script))
        await using (var source = typeof(ParquetReferences).Assembly.GetManifestResourceStream(Script)!)
            await source.CopyToAsync(target, cancellation);
        var start = new ProcessStartInfo(interpreter, [script, rows, folder, scanned, column]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        ParquetReferences references;
        try
        {
            references = new ParquetReferences(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"{Interpreter} is '{interpreter}', which does not start: {exception.Message}; name a Python interpreter with pyarrow and duckdb, or unset it", inner: exception);
        }
        try
        {
            var versions = await references.AnswerAsync(cancellation);
            references.Versions = $"pyarrow {versions.GetProperty("pyarrow").GetString()}, DuckDB {versions.GetProperty("duckdb").GetString()}";
            return references;
        }
        catch
        {
            await references.DisposeAsync();
            throw;
        }
    }

    /// <summary>Seconds of <c>pyarrow.parquet.write_table</c>, and the rows and bytes of its file.</summary>
    public async Task<(double Seconds, long Rows, long Bytes)> WriteAsync(CancellationToken cancellation)
    {
        var answer = await AskAsync("write", cancellation);
        return (answer.GetProperty("seconds").GetDouble(), answer.GetProperty("rows").GetInt64(), answer.GetProperty("bytes").GetInt64());
    }

    /// <summary>Seconds of DuckDB's sum, and the sum.</summary>
    /// <param name="threads">How many it may use; 0 for as many as it takes by itself.</param>
    /// <param name="cancellation">Ends the wait for it.</param>
    public async Task<(double Seconds, long Sum)> ScanAsync(int threads, CancellationToken cancellation)
    {
        var answer = await AskAsync($"scan {threads}", cancellation);
        return (answer.GetProperty("seconds").GetDouble(), answer.GetProperty("sum").GetInt64());
    }

    private async Task<JsonElement> AskAsync(string command, CancellationToken cancellation)
    {
        await _python.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await _python.StandardInput.FlushAsync(cancellation);
        return await AnswerAsync(cancellation);
    }

    private async Task<JsonElement> AnswerAsync(CancellationToken cancellation)
    {
        if (await _python.StandardOutput.ReadLineAsync(cancellation) is { } line) return JsonElement.Parse(line);
        throw new StreamForgeException(ErrorKind.Unavailable, $"{Interpreter}: {Script} ended: {(await _errors).TrimEnd().Split('\n')[^1]}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _python.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
        await _python.WaitForExitAsync();
        await _errors;
        _python.Dispose();
    }
}
