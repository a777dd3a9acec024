namespace StreamForge.Embedded.Images;

/// <summary>
/// Where the record of each key lies: hashes and offsets in an open-addressing table of 16 bytes an entry, probed linearly. Two keys may have one hash, so whoever looks one up compares the key in the record.
/// </summary>
internal sealed class ImageIndex
{
    private ulong[] _hashes = new ulong[16];
    private long[] _offsets = new long[16];

    /// <summary>Entries.</summary>
    public int Count { get; private set; }

    public long Bytes => _hashes.Length * 16L;

    private int Mask => _hashes.Length - 1;

    /// <summary>The next slot, from <paramref name="slot"/> on, of an entry with that hash.</summary>
    /// <param name="slot">-1 to begin; then the slot that was found.</param>
    /// <returns>false when there are no more.</returns>
    public bool TryNext(ulong hash, ref int slot, out long offset)
    {
        for (slot = slot < 0 ? (int)hash & Mask : slot + 1 & Mask; _offsets[slot] != 0; slot = slot + 1 & Mask)
        {
            if (_hashes[slot] != hash) continue;
            offset = _offsets[slot] - 1;
            return true;
        }
        offset = 0;
        return false;
    }

    public void Set(int slot, long offset) => _offsets[slot] = offset + 1;

    public void Add(ulong hash, long offset)
    {
        if ((Count + 1) * 3 > _hashes.Length * 2) Grow();
        Insert(hash, offset + 1);
        Count++;
    }

    private void Insert(ulong hash, long entry)
    {
        var slot = (int)hash & Mask;
        while (_offsets[slot] != 0) slot = slot + 1 & Mask;
        _hashes[slot] = hash;
        _offsets[slot] = entry;
    }

    private void Grow()
    {
        var (hashes, offsets) = (_hashes, _offsets);
        _hashes = new ulong[hashes.Length * 2];
        _offsets = new long[hashes.Length * 2];
        for (var i = 0; i < hashes.Length; i++)
        {
            if (offsets[i] != 0) Insert(hashes[i], offsets[i]);
        }
    }

    /// <summary>Removes an entry and moves those behind it up, so that no probe is cut short.</summary>
    public void Remove(int slot)
    {
        Count--;
        var hole = slot;
        for (var next = hole + 1 & Mask; _offsets[next] != 0; next = next + 1 & Mask)
        {
            var home = (int)_hashes[next] & Mask;
            // An entry whose home lies cyclically in (hole, next] is reached without the hole.
            if ((next - home & Mask) < (next - hole & Mask)) continue;
            _hashes[hole] = _hashes[next];
            _offsets[hole] = _offsets[next];
            hole = next;
        }
        _offsets[hole] = 0;
    }

    public void Clear()
    {
        Array.Clear(_offsets);
        Count = 0;
    }

    /// <summary>All offsets, ascending.</summary>
    public long[] Offsets()
    {
        var offsets = new long[Count];
        var n = 0;
        foreach (var entry in _offsets)
        {
            if (entry != 0) offsets[n++] = entry - 1;
        }
        Array.Sort(offsets);
        return offsets;
    }
}
