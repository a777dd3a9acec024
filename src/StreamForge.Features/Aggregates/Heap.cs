using System.Runtime.InteropServices;

namespace StreamForge.Features.Aggregates;

/// <summary>Where a slot's heap bytes are: the slot's first eight bytes. Length 0 means none.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HeapReference
{
    /// <summary>Offset from the heap's start.</summary>
    public uint Offset;

    /// <summary>Bytes allocated.</summary>
    public uint Length;

    public static ref HeapReference Of(Span<byte> slot) => ref MemoryMarshal.AsRef<HeapReference>(slot);

    public static HeapReference Read(ReadOnlySpan<byte> slot) => MemoryMarshal.Read<HeapReference>(slot);

    /// <summary>The referenced bytes within <paramref name="heap"/>.</summary>
    public readonly ReadOnlySpan<byte> In(ReadOnlySpan<byte> heap) => heap.Slice((int)Offset, (int)Length);
}

/// <summary>
/// The variable-size part of a key's state: blocks are handed out from the front and given back as garbage, which is squeezed out when the
/// state moves to another region. The owner guarantees room before an aggregate allocates.
/// </summary>
public ref struct Heap
{
    private readonly Span<byte> _bytes;
    private readonly ref uint _used;
    private readonly ref uint _garbage;

    /// <param name="bytes">From the heap's start to the end of what may be used.</param>
    /// <param name="used">Bytes handed out so far.</param>
    /// <param name="garbage">Bytes among them that were given back.</param>
    public Heap(Span<byte> bytes, ref uint used, ref uint garbage)
    {
        _bytes = bytes;
        _used = ref used;
        _garbage = ref garbage;
    }

    public readonly Span<byte> Bytes => _bytes;

    public readonly Span<byte> Get(HeapReference reference) => _bytes.Slice((int)reference.Offset, (int)reference.Length);

    /// <summary>Replaces the block of a slot with a zeroed one of <paramref name="length"/> bytes (rounded up to 8); the old block's bytes stay readable until the next allocation.</summary>
    public readonly Span<byte> Replace(scoped ref HeapReference reference, int length)
    {
        length = (length + 7) & ~7;
        _garbage += reference.Length;
        reference = new HeapReference { Offset = _used, Length = (uint)length };
        _used += (uint)length;
        var block = Get(reference);
        block.Clear();
        return block;
    }

    /// <summary>Gives the block of a slot back.</summary>
    public readonly void Free(scoped ref HeapReference reference)
    {
        _garbage += reference.Length;
        reference = default;
    }
}
