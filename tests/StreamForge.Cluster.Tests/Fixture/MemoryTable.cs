using StreamForge.Core;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>What a sink has published, whoever wrote it: rows as text, in the order of commits. A commit that is repeated publishes nothing anew. Safe from any thread.</summary>
internal sealed class MemoryTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, string>[]> _prepared = [];
    private readonly HashSet<string> _committed = [];
    private readonly List<Dictionary<string, string>> _rows = [];

    /// <summary>How many rows are published.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _rows.Count;
        }
    }

    /// <summary>The published rows' values of some columns as text, sorted.</summary>
    public string[] Values(params string[] columns)
    {
        lock (_lock) return [.. _rows.Select(r => string.Join(' ', columns.Select(c => r[c]))).Order(StringComparer.Ordinal)];
    }

    public ISink Open(string name) => new Sink(this, name);

    private sealed class Sink(MemoryTable table, string name) : ISink
    {
        private readonly List<Dictionary<string, string>> _written = [];

        public string Name => name;

        public bool HasUncommitted => _written.Count > 0;

        public ValueTask RecoverAsync(string? pending, bool fresh, CancellationToken cancellation)
        {
            // Other activations' preparations stay: one of them may be named by a record that is being written at this moment.
            _written.Clear();
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation)
        {
            for (var row = 0; row < batch.Count; row++)
                _written.Add(batch.Schema.Fields.Select((f, i) => KeyValuePair.Create(f.Name, FeatureValue.From(batch[i], row).ToString())).ToDictionary(StringComparer.Ordinal));
            return ValueTask.CompletedTask;
        }

        public ValueTask<string?> PrepareAsync(PrepareRequest request, CancellationToken cancellation)
        {
            if (_written.Count == 0) return new((string?)null);
            var id = Guid.NewGuid().ToString("n");
            lock (table._lock) table._prepared[id] = [.. _written];
            _written.Clear();
            return new(id);
        }

        public ValueTask CommitAsync(string pending, CancellationToken cancellation)
        {
            lock (table._lock)
            {
                if (table._committed.Add(pending)) table._rows.AddRange(table._prepared[pending]);
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
