using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Slices;

/// <summary>Canonical keys of a batch's rows and their hashes, each computed once. Arrays are rented.</summary>
public sealed class KeyVector
{
    private readonly byte[] _data;
    private readonly int[] _offsets;
    private readonly ulong[] _hashes;

    private KeyVector(byte[] data, int[] offsets, ulong[] hashes)
    {
        _data = data;
        _offsets = offsets;
        _hashes = hashes;
    }

    public ReadOnlySpan<byte> this[int row] => _data.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]);

    public ulong Hash(int row) => _hashes[row];

    public bool Same(int a, int b) => _hashes[a] == _hashes[b] && this[a].SequenceEqual(this[b]);

    /// <summary>Encodes the key of every row of which no component is null; other rows' keys are empty.</summary>
    public static KeyVector Of(ReadOnlySpan<Column> components, int count)
    {
        var data = ArrayPool<byte>.Shared.Rent(Math.Max(DataBound(components, count), 1));
        var offsets = ArrayPool<int>.Shared.Rent(count + 1);
        var hashes = ArrayPool<ulong>.Shared.Rent(Math.Max(count, 1));
        var end = 0;
        offsets[0] = 0;
        for (var row = 0; row < count; row++)
        {
            var start = end;
            foreach (var component in components)
            {
                if (component.IsNull(row))
                {
                    end = start;
                    break;
                }
                end += KeyCodec.Write(component, row, data.AsSpan(end));
            }
            offsets[row + 1] = end;
            hashes[row] = KeyGroup.Hash(data.AsSpan(start, end - start));
        }
        return new KeyVector(data, offsets, hashes);
    }

    private static int DataBound(ReadOnlySpan<Column> components, int count)
    {
        var bound = 0L;
        foreach (var component in components) bound += 18L * count + (component is BytesColumn bytes ? bytes.Data.Length : 0);
        return checked((int)bound);
    }

    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_data);
        ArrayPool<int>.Shared.Return(_offsets);
        ArrayPool<ulong>.Shared.Return(_hashes);
    }
}
