using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// The last rows of a table's newest data file: a look at what is arriving. It reads the manifest list, the newest manifest and the file's last row group, and of that no more than some ten thousand
/// rows, so it costs about the same however large the table is.
/// </summary>
/// <param name="File">The data file as the manifest names it; null for a table without files.</param>
/// <param name="Schema">The table's columns.</param>
/// <param name="Batches">The rows in the file's order, at least as many as were asked for where there are so many; the caller releases them.</param>
public sealed record NewestRows(string? File, Schema Schema, ImmutableArray<ColumnBatch> Batches)
{
    private const int RowsLookedAt = 50_000;

    /// <exception cref="StreamForgeException">Corrupt, NotSupported: the table cannot be read.</exception>
    public static async ValueTask<NewestRows> ReadAsync(IObjectStore store, TableMetadata metadata, string metadataLocation, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var context = ScanContext.Of(metadata, metadataLocation, metadata.CurrentSchema, new ScanOptions { BatchRows = limit });
        if (metadata.CurrentSnapshot is not { } snapshot || await new ScanPlanner(store, metadata, context, metadata.CurrentSchema).NewestFileAsync(snapshot, cancellation) is not var (file, deletes))
            return new NewestRows(null, context.Output, []);
        using var reader = new DeleteReader(store, context.Locations, metadata);
        await using var scan = await FileScan.OpenAsync(store, context, file, deletes, reader, cancellation);
        scan.SkipToLastGroup();
        var last = new Queue<ColumnBatch>();
        try
        {
            for (var rows = 0; rows < RowsLookedAt && await scan.ReadAsync(cancellation) is { } batch; rows += limit)
            {
                last.Enqueue(batch);
                while (last.Sum(b => b.Count) - last.Peek().Count >= limit) last.Dequeue().Release();
            }
        }
        catch
        {
            foreach (var batch in last) batch.Release();
            throw;
        }
        return new NewestRows(file.File.Location, context.Output, [.. last]);
    }
}
