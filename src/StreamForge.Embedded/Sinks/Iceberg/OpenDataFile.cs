using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Iceberg.Spec;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>A data file of one partition while it is written. One task at a time; abandoned when it is disposed before it is completed.</summary>
internal sealed class OpenDataFile(IObjectWriter target, ByteSegments bytes, IDataFileEncoder encoder, PartitionKey partition) : IAsyncDisposable
{
    private long _written;

    public PartitionKey Partition => partition;

    public string Location => target.Location;

    /// <summary>About how long the file would be if it were completed now.</summary>
    public long EstimatedBytes { get; private set; }

    /// <summary>How many of those are in memory.</summary>
    public long HeldBytes => EstimatedBytes - _written;

    public ValueTask WriteAsync(Column[] columns, CancellationToken cancellation)
    {
        encoder.Write(columns);
        return TakeAsync(cancellation);
    }

    public ValueTask WriteAsync(Column[] columns, ReadOnlySpan<int> rows, CancellationToken cancellation)
    {
        encoder.Write(columns, rows);
        return TakeAsync(cancellation);
    }

    private ValueTask TakeAsync(CancellationToken cancellation)
    {
        EstimatedBytes = encoder.EstimatedBytes;
        if (bytes.Length == 0) return ValueTask.CompletedTask;
        _written += bytes.Length;
        return bytes.DrainAsync(target, cancellation);
    }

    /// <summary>Makes the file durable under its name.</summary>
    public async Task<DataFileMetrics> CompleteAsync(CancellationToken cancellation)
    {
        var metrics = encoder.Complete();
        await bytes.DrainAsync(target, cancellation);
        await target.CompleteAsync(cancellation);
        return metrics;
    }

    public async ValueTask DisposeAsync()
    {
        encoder.Dispose();
        bytes.Dispose();
        await target.DisposeAsync();
    }
}

/// <summary>The values of a partition, one for each field of the spec.</summary>
internal readonly struct PartitionKey(Literal?[] values) : IEquatable<PartitionKey>
{
    public Literal?[] Values => values;

    public bool Equals(PartitionKey other) => values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is PartitionKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in values) hash.Add(value);
        return hash.ToHashCode();
    }
}
