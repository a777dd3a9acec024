using System.Collections.Immutable;

namespace StreamForge.Iceberg.Scans;

/// <summary>What is read of a table.</summary>
public sealed record ScanOptions
{
    /// <summary>A snapshot that is kept; null for the current one, or that of <see cref="AsOf"/>.</summary>
    public long? SnapshotId { get; init; }

    /// <summary>The table as it was at this moment, microseconds since 1970 UTC, by the snapshot log.</summary>
    public long? AsOf { get; init; }

    /// <summary>A boolean SQL expression over the table's columns; rows for which it is not true are left out.</summary>
    public string? Where { get; init; }

    /// <summary>The columns wanted, by name and in this order; default for all.</summary>
    public ImmutableArray<string> Columns { get; init; }

    /// <summary>Files that are read at the same time, 1 or more.</summary>
    public int Parallelism { get; init; } = 2;

    /// <summary>Rows of a batch at most.</summary>
    public int BatchRows { get; init; } = 8192;

    /// <summary>What NOW() in <see cref="Where"/> asks.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>How much of a table a scan looked at; grows while the scan is read.</summary>
public sealed class ScanCounts
{
    private int _filesRead, _rowGroupsRead, _rowGroupsSkipped;

    /// <summary>Data manifests of the snapshot.</summary>
    public int Manifests { get; internal set; }

    /// <summary>Of these, those that no row can come from.</summary>
    public int ManifestsSkipped { get; internal set; }

    /// <summary>Data files of the manifests that were read.</summary>
    public int Files { get; internal set; }

    /// <summary>Of these, those that no row can come from.</summary>
    public int FilesSkipped { get; internal set; }

    /// <summary>Files of deletes that apply to the files to be read.</summary>
    public int DeleteFiles { get; internal set; }

    /// <summary>Data files opened so far.</summary>
    public int FilesRead => _filesRead;

    /// <summary>Parquet row groups read so far.</summary>
    public int RowGroupsRead => _rowGroupsRead;

    /// <summary>Parquet row groups passed over so far.</summary>
    public int RowGroupsSkipped => _rowGroupsSkipped;

    internal void ReadFile() => Interlocked.Increment(ref _filesRead);

    internal void ReadRowGroup() => Interlocked.Increment(ref _rowGroupsRead);

    internal void SkipRowGroup() => Interlocked.Increment(ref _rowGroupsSkipped);
}
