using StreamForge.Cluster.Ports;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster;

/// <summary>Keys in memory, fenced by version, that fails when and how a test says. Any thread.</summary>
internal sealed class TestKeyStorage : IKeyStorage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KeyId, StoredKey> _keys = [];
    private readonly List<Emission> _emissions = [];

    public enum Fault
    {
        None,

        /// <summary>Nothing is written, and the caller does not know.</summary>
        Before,

        /// <summary>All is written, and the caller does not know.</summary>
        After,

        /// <summary>The caller does not know, and all is written just before the next write, as a transaction that is committed after its connection was lost.</summary>
        Late,
    }

    /// <summary>What happens to each write, asked once for each.</summary>
    public Func<Fault> NextWrite { get; set; } = () => Fault.None;

    /// <summary>Waited for before each load and write.</summary>
    public Func<Task> Gate { get; set; } = async () => await Task.Yield();

    /// <summary>Whether loads fail.</summary>
    public bool IsDown { get; set; }

    public List<int> Loads { get; } = [];

    public List<int> Writes { get; } = [];

    public StoredKey? this[KeyId id]
    {
        get
        {
            lock (_gate) return _keys.GetValueOrDefault(id);
        }
        set
        {
            lock (_gate) _keys[id] = value!;
        }
    }

    public Emission[] Emissions
    {
        get
        {
            lock (_gate) return [.. _emissions];
        }
    }

    private IReadOnlyList<KeyWrite>? _late;

    public async ValueTask<StoredKey?[]> LoadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation)
    {
        lock (_gate) Loads.Add(keys.Count);
        await Gate();
        if (IsDown) throw Failed();
        lock (_gate) return [.. keys.Select(k => _keys.GetValueOrDefault(k))];
    }

    public async ValueTask<bool[]> WriteAsync(IReadOnlyList<KeyWrite> writes, CancellationToken cancellation)
    {
        await Gate();
        lock (_gate)
        {
            Writes.Add(writes.Count);
            if (_late is { } late)
            {
                _late = null;
                Write(late);
            }
            switch (NextWrite())
            {
                case Fault.Before: throw Failed();
                case Fault.Late:
                    _late = writes;
                    throw Failed();
                case Fault.After:
                    Write(writes);
                    throw Failed();
                default: return Write(writes);
            }
        }
    }

    private bool[] Write(IReadOnlyList<KeyWrite> writes) => [.. writes.Select(w =>
    {
        if ((_keys.GetValueOrDefault(w.Id)?.Version ?? 0) != w.Expected) return false;
        _keys[w.Id] = new StoredKey(w.Expected + 1, w.Writer, w.Content);
        _emissions.AddRange(w.Emissions);
        return true;
    })];

    public ValueTask<IReadOnlyList<KeyId>> DueAsync(int view, int fromGroup, int toGroup, long watermark, int limit, CancellationToken cancellation) => new([]);

    public ValueTask<long> NewestEventAsync(int view, CancellationToken cancellation) => new(EventTime.MinValue);

    public ValueTask<long> OrphansAsync(int view, CancellationToken cancellation) => new(0L);

    public ValueTask<(long Total, IReadOnlyList<byte[]> Keys)> SampleAsync(int view, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            byte[][] keys = [.. _keys.Keys.Where(k => k.View == view).Select(k => k.Key)];
            return new((keys.Length, [.. keys.Take(limit)]));
        }
    }

    private static StreamForgeException Failed() => new(ErrorKind.Unavailable, "the connection to storage was lost", retryable: true);
}
