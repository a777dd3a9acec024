using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Embedded.Sinks.Iceberg;

/// <summary>
/// Sorts the rows of a batch by their partition. Each partition column gives every row a small number, the same for equal values; the numbers of several columns are combined column by column, and
/// a counting sort brings the rows of each partition together, in their order. Memory is kept from batch to batch. One thread at a time.
/// </summary>
internal sealed class PartitionGroups
{
    private readonly Dictionary<Int128, int> _numbers = [];
    private readonly Dictionary<byte[], int> _texts = new(BytesComparer.Instance);
    private readonly Dictionary<long, int> _pairs = [];
    private int[] _codes = [];
    private int[] _group = [];
    private int[] _rows = [];
    private int[] _starts = [0];

    /// <summary>Partitions in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>The rows of partition <paramref name="group"/>, at least one.</summary>
    public ReadOnlySpan<int> Rows(int group) => _rows.AsSpan(_starts[group], _starts[group + 1] - _starts[group]);

    /// <param name="columns">The partition values of each row.</param>
    /// <param name="rows">How many rows there are.</param>
    public void Split(ReadOnlySpan<Column> columns, int rows)
    {
        if (_group.Length < rows)
        {
            _group = new int[rows];
            _codes = new int[rows];
            _rows = new int[rows];
        }
        var group = _group.AsSpan(0, rows);
        group.Clear();
        Count = rows == 0 ? 0 : 1;
        for (var i = 0; i < columns.Length; i++)
        {
            var codes = _codes.AsSpan(0, rows);
            var distinct = Encode(columns[i], codes);
            if (distinct <= 1) continue;
            if (Count == 1)
            {
                codes.CopyTo(group);
                Count = distinct;
            }
            else Count = Combine(group, codes);
        }
        Sort(group);
    }

    /// <summary>Gives each row the number of its value in order of appearance; returns how many there are.</summary>
    private int Encode(Column column, Span<int> codes)
    {
        var none = -1;
        var count = 0;
        switch (column)
        {
            case BytesColumn bytes:
                _texts.Clear();
                var lookup = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();
                for (var row = 0; row < codes.Length; row++)
                {
                    if (bytes.IsNull(row)) codes[row] = none < 0 ? none = count++ : none;
                    else if (row > 0 && !bytes.IsNull(row - 1) && bytes[row].SequenceEqual(bytes[row - 1])) codes[row] = codes[row - 1];
                    else if (lookup.TryGetValue(bytes[row], out var known)) codes[row] = known;
                    else lookup[bytes[row]] = codes[row] = count++;
                }
                return count;
            default:
                _numbers.Clear();
                Int128 last = 0;
                var lastCode = -1;
                for (var row = 0; row < codes.Length; row++)
                {
                    if (column.IsNull(row))
                    {
                        codes[row] = none < 0 ? none = count++ : none;
                        continue;
                    }
                    var value = Number(column, row);
                    if (lastCode < 0 || value != last)
                    {
                        last = value;
                        ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, value, out var exists);
                        if (!exists) code = count++;
                        lastCode = code;
                    }
                    codes[row] = lastCode;
                }
                return count;
        }
    }

    private static Int128 Number(Column column, int row) => column switch
    {
        Int64Column numbers => numbers[row],
        DecimalColumn decimals => decimals[row],
        BooleanColumn flags => flags[row],
        DoubleColumn doubles => BitConverter.DoubleToInt64Bits(doubles[row]),
        _ => throw new ArgumentException($"A column of {column.Type} gives no partitions.", nameof(column)),
    };

    private int Combine(Span<int> group, ReadOnlySpan<int> codes)
    {
        _pairs.Clear();
        for (var row = 0; row < group.Length; row++)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, ((long)group[row] << 32) | (uint)codes[row], out var exists);
            if (!exists) number = _pairs.Count - 1;
            group[row] = number;
        }
        return _pairs.Count;
    }

    private void Sort(ReadOnlySpan<int> group)
    {
        if (_starts.Length < Count + 2) _starts = new int[Count * 2 + 2];
        var starts = _starts.AsSpan(0, Count + 2);
        starts.Clear();
        // Counted one place further, so that after the rows have been placed each start stands where it belongs.
        foreach (var g in group) starts[g + 2]++;
        for (var g = 2; g < starts.Length; g++) starts[g] += starts[g - 1];
        for (var row = 0; row < group.Length; row++) _rows[starts[group[row] + 1]++] = row;
    }

    /// <summary>Byte strings by their content, also looked up by spans.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public bool Equals(byte[]? x, byte[]? y) => x is null ? y is null : y is not null && x.AsSpan().SequenceEqual(y);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash64.Hash(alternate);

        public int GetHashCode(byte[] obj) => (int)XxHash64.Hash(obj);
    }
}
