using System.Collections.Immutable;

namespace StreamForge.Core;

/// <summary>A table of the lakehouse as its newest snapshot has it.</summary>
/// <param name="Name">Namespace and name with points between: <c>retail.order_lines</c>.</param>
/// <param name="Newest">When the newest snapshot was committed, microseconds; <see cref="EventTime.MinValue"/> before the first.</param>
public sealed record TableSummary(string Name, string Location, string? FileFormat, long Rows, long Files, long Bytes, long Snapshots, long Newest);

/// <summary>One commit of a table.</summary>
/// <param name="Id">The snapshot's id.</param>
/// <param name="Time">When it was committed, microseconds.</param>
/// <param name="Operation"><c>append</c>, <c>overwrite</c>, <c>replace</c> or <c>delete</c>.</param>
/// <param name="Summary">The whole snapshot summary.</param>
public sealed record TableSnapshot(
    long Id, long? Parent, long Time, string Operation, long AddedRows, long AddedFiles, long AddedBytes, long TotalRows, ImmutableSortedDictionary<string, string> Summary);

/// <param name="Total">Snapshots in all.</param>
/// <param name="Items">Newest first.</param>
public sealed record TableSnapshots(long Total, ImmutableArray<TableSnapshot> Items);

/// <summary>Some rows of a table, as JSON objects.</summary>
/// <param name="Columns">In the table's order.</param>
/// <param name="Rows">Newest first.</param>
/// <param name="File">The data file that they come from; null when the table has none.</param>
public sealed record TableRows(ImmutableArray<string> Columns, ImmutableArray<string> Rows, string? File);

/// <summary>The tables of a host's warehouse. Safe from any thread.</summary>
public interface ITableReader
{
    ValueTask<ImmutableArray<TableSummary>> ListAsync(CancellationToken cancellation);

    /// <param name="skip">Snapshots to leave out, counted from the newest.</param>
    /// <exception cref="StreamForgeException">NotFound when there is no such table.</exception>
    ValueTask<TableSnapshots> SnapshotsAsync(string table, int skip, int limit, CancellationToken cancellation);

    /// <summary>The last rows of the newest data file.</summary>
    /// <exception cref="StreamForgeException">NotFound when there is no such table.</exception>
    ValueTask<TableRows> NewestRowsAsync(string table, int limit, CancellationToken cancellation);
}
