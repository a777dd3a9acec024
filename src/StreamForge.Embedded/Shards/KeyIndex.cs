namespace StreamForge.Embedded.Shards;

/// <summary>
/// From a key's hash to its region: open addressing with linear probing over 64-bit entries (32 bits of the hash, the handle plus one).
/// One thread writes; any number read without waiting. Entries are replaced whole and the table is swapped whole when it grows, so a reader sees
/// either the old or the new handle; the region's version and key tell it which it got. The entry of a key that is taken out stays, without a handle, until the table grows.
/// </summary>
internal sealed class KeyIndex
{
    /// <summary>An entry without a handle: not empty, so that searches go on behind it.</summary>
    private const ulong Removed = 1UL << 32;

    private ulong[] _entries = new ulong[64];
    private int _used;

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
            if (entry >> 32 != tag || (uint)entry == 0) continue;
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
        if ((_used + 1) * 10L > _entries.Length * 7L) Resize(Count + 1);
        Insert(_entries, hash >> 32, handle);
        Count++;
        _used++;
    }

    /// <summary>Makes room for as many keys in all, so that the table need not grow while they come.</summary>
    public void Reserve(int keys)
    {
        if (keys * 10L > _entries.Length * 7L) Resize(keys);
    }

    /// <summary>Takes a key out.</summary>
    public void Remove(ulong hash, uint handle)
    {
        Volatile.Write(ref _entries[IndexOf(hash, handle)], Removed);
        Count--;
    }

    /// <summary>Points a key to another region.</summary>
    public void Move(ulong hash, uint from, uint to) => Volatile.Write(ref _entries[IndexOf(hash, from)], (hash >> 32 << 32) | (to + 1UL));

    private int IndexOf(ulong hash, uint handle)
    {
        var mask = _entries.Length - 1;
        var tag = hash >> 32;
        var wanted = (tag << 32) | (handle + 1UL);
        var i = (int)tag & mask;
        while (_entries[i] != wanted) i = (i + 1) & mask;
        return i;
    }

    /// <summary>A table of which so many keys fill at most half, without the entries of keys that were taken out.</summary>
    private void Resize(int keys)
    {
        var length = _entries.Length;
        while (keys * 10L > length * 5L) length *= 2;
        var larger = new ulong[length];
        foreach (var entry in _entries)
        {
            if ((uint)entry != 0) Insert(larger, entry >> 32, (uint)entry - 1);
        }
        _used = Count;
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
