using System.Runtime.InteropServices;
using StreamForge.Cluster.Payloads;

namespace StreamForge.Cluster.Slices;

/// <summary>Which keys and rows of a batch go into one payload: keys one after another, each with its rows, ascending by position. One thread.</summary>
internal sealed class SlicePart
{
    private readonly List<int> _rows = [];
    private readonly List<long> _rowCounts = [];
    private readonly List<long> _previous = [];
    private readonly List<long> _keyLengths = [];

    /// <summary>The keys' bytes, one after another.</summary>
    public PayloadWriter KeyBytes { get; } = new(1024);

    public int Keys => _previous.Count;

    public ReadOnlySpan<int> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>How many rows each key has.</summary>
    public ReadOnlySpan<long> RowCounts => CollectionsMarshal.AsSpan(_rowCounts);

    public ReadOnlySpan<long> Previous => CollectionsMarshal.AsSpan(_previous);

    public ReadOnlySpan<long> KeyLengths => CollectionsMarshal.AsSpan(_keyLengths);

    /// <summary>Adds a key and its rows.</summary>
    /// <param name="previous">See <see cref="KeySlice"/>.</param>
    public void Add(ReadOnlySpan<byte> key, long previous, ReadOnlySpan<int> rows)
    {
        KeyBytes.Bytes(key);
        _keyLengths.Add(key.Length);
        _previous.Add(previous);
        _rowCounts.Add(rows.Length);
        _rows.AddRange(rows);
    }
}
