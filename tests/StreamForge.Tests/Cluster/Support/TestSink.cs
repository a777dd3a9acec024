using StreamForge.Core;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>A table that outlives its writers: rows that were made durable under a commit's name, and those that are visible.</summary>
internal sealed class TestTable
{
    public Dictionary<string, List<string>> Prepared { get; } = [];

    public HashSet<string> Commits { get; } = [];

    /// <summary>Visible rows, in the order in which they became so.</summary>
    public List<string> Rows { get; } = [];
}

/// <summary>A sink whose calls fail where a test wants it.</summary>
internal sealed class TestSink(TestTable table, Func<CallFault> faults, Func<Task> yield) : ISink
{
    private readonly List<string> _rows = [];
    private bool _isOpen;

    public string Name => "rows";

    public bool HasUncommitted => false;

    public async ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation)
    {
        await yield();
        if (faults() != CallFault.None) throw MemoryRecords.Failure();
        _isOpen = true;
    }

    public async ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation)
    {
        Assert.True(_isOpen);
        await yield();
        var fault = faults();
        if (fault == CallFault.Before) throw MemoryRecords.Failure();
        for (var row = 0; row < batch.Count; row++) _rows.Add($"{batch.Origin.Partition}:{batch.PositionText(row)}");
        if (fault == CallFault.After) throw MemoryRecords.Failure();
    }

    public async ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
    {
        Assert.True(_isOpen);
        await yield();
        if (faults() != CallFault.None) throw MemoryRecords.Failure();
        if (_rows.Count == 0) return null;
        var name = $"{request.Checkpoint}-{table.Prepared.Count}";
        table.Prepared[name] = [.. _rows];
        _rows.Clear();
        return name;
    }

    public async ValueTask CommitAsync(string pending, CancellationToken cancellation)
    {
        await yield();
        var fault = faults();
        if (fault == CallFault.Before) throw MemoryRecords.Failure();
        if (table.Commits.Add(pending)) table.Rows.AddRange(table.Prepared[pending]);
        await yield();
        if (fault == CallFault.After) throw MemoryRecords.Failure();
    }

    public ValueTask DisposeAsync()
    {
        _isOpen = false;
        return ValueTask.CompletedTask;
    }
}
