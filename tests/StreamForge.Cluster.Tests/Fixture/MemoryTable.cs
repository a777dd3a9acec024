using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>What a sink has published, whoever wrote it: rows as text, in the order of commits. A commit that is repeated publishes nothing anew. Safe from any thread.</summary>
internal sealed class MemoryTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string[]> _prepared = [];
    private readonly HashSet<string> _committed = [];
    private readonly List<string> _rows = [];

    /// <summary>Published rows: <c>column=value column=value …</c>.</summary>
    public string[] Rows
    {
        get
        {
            lock (_lock) return [.. _rows];
        }
    }

    public ISink Open(string name) => new Sink(this, name);

    private sealed class Sink(MemoryTable table, string name) : ISink
    {
        private readonly List<string> _written = [];

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
                _written.Add(string.Join(' ', batch.Schema.Fields.Select((f, i) => $"{f.Name}={FeatureValue.From(batch[i], row)}")));
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
