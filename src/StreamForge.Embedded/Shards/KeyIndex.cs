namespace StreamForge.Embedded.Shards;

/// <summary>
/// From a key's hash to its region: open addressing with linear probing over 64-bit entries (32 bits of the hash, the handle plus one).
/// One thread writes; any number read without waiting. Entries are replaced whole and the table is swapped whole when it grows, so a reader sees
/// either the old or the new handle; the region's version and key tell it which it got.
/// </summary>
internal sealed class KeyIndex
{
    private ulong[] _entries = new ulong[64];

    /// <summary>Keys.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the table.</summary>
    public long Bytes => (long)Volatile.Read(ref _entries).Length * sizeof(ulong);

    /// <summary>Walks the regions whose keys may have this hash. Start with <paramref name="probe"/> = 0 and pass it on.</summary>
    /// <param name="table">The table to walk, from <see cref="Table"/>.</param>
    /// <returns>false when there are no more.</returns>
    public static bool TryNext(ulong[] table, ulong hash, ref int probe, out uint handle)
    {
        var tag = hash >> 32;
        var mask = table.Length - 1;
        while (probe <= mask)
        {
            var entry = Volatile.Read(ref table[((int)tag + probe) & mask]);
            probe++;
            if (entry == 0) break;
            if (entry >> 32 != tag) continue;
            handle = (uint)entry - 1;
            return true;
        }
        handle = 0;
        return false;
    }

    /// <summary>Whether the entry that the last <see cref="TryNext"/> gave still points to <paramref name="handle"/> in the table in use.</summary>
    public bool IsCurrent(ulong[] table, ulong hash, int probe, uint handle) =>
        table == Table && (uint)Volatile.Read(ref table[((int)(hash >> 32) + probe - 1) & (table.Length - 1)]) == handle + 1;

    /// <summary>The table as it is now.</summary>
    public ulong[] Table => Volatile.Read(ref _entries);

    /// <summary>Adds a key that is not there yet.</summary>
    public void Add(ulong hash, uint handle)
    {
        if ((Count + 1) * 10L > _entries.Length * 7L) Grow();
        Insert(_entries, hash >> 32, handle);
        Count++;
    }

    /// <summary>Points a key to another region.</summary>
    public void Move(ulong hash, uint from, uint to)
    {
        var mask = _entries.Length - 1;
        var tag = hash >> 32;
        var wanted = (tag << 32) | (from + 1UL);
        for (var i = (int)tag & mask; ; i = (i + 1) & mask)
        {
            if (_entries[i] != wanted) continue;
            Volatile.Write(ref _entries[i], (tag << 32) | (to + 1UL));
            return;
        }
    }

    private void Grow()
    {
        var larger = new ulong[_entries.Length * 2];
        foreach (var entry in _entries)
        {
            if (entry != 0) Insert(larger, entry >> 32, (uint)entry - 1);
        }
        Volatile.Write(ref _entries, larger);
    }

    private static void Insert(ulong[] table, ulong tag, uint handle)
    {
        var mask = table.Length - 1;
        var i = (int)tag & mask;
        while (table[i] != 0) i = (i + 1) & mask;
        Volatile.Write(ref table[i], (tag << 32) | (handle + 1UL));
    }
}
