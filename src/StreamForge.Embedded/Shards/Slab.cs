using System.Runtime.InteropServices;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// The memory that key states live in: pages of one size class each, handed out region by region.
/// <para>
/// A region begins with a version word of 8 bytes, which belongs to the place and not to the state in it: it is odd while the region is being written and
/// grows with every write, for ever, also when the region is freed and used again. That is all that readers need (a seqlock): copy, and retry when the
/// version moved or was odd. Pages are never given back while the slab lives, so a stale handle reads old bytes, notices, and looks the key up again.
/// </para>
/// <para>
/// A snapshot (<see cref="Snapshot"/>) is copy-on-write by region: until a region has been saved, the first write to it saves a copy. Which regions have been written since the last one began is known, so that
/// the next can be of these alone.
/// </para>
/// One thread writes; any number read.
/// </summary>
internal sealed class Slab
{
    public const int PageBytes = 256 * 1024;
    public const int VersionBytes = 8;

    private readonly List<Stack<uint>> _free = [];
    private readonly List<int> _openPage = [];
    private Page[] _pages = new Page[16];
    private int _pageCount;

    /// <summary>Bytes of all pages.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the regions in use, slack included.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The whole region behind a handle, version word first. Any thread may call it with any handle it ever saw.</summary>
    public Span<byte> Region(uint handle)
    {
        var page = Volatile.Read(ref _pages)[handle >> 12];
        return page.Data.AsSpan((int)(handle & 0xFFF) * page.RegionBytes, page.RegionBytes);
    }

    /// <summary>The state's bytes of a region, after the version word.</summary>
    public Span<byte> State(uint handle) => Region(handle)[VersionBytes..];

    public ref long Version(uint handle) => ref MemoryMarshal.AsRef<long>(Region(handle));

    /// <summary>A region whose state part has at least <paramref name="bytes"/> bytes, in the middle of being written (odd version), so that no reader takes it yet.</summary>
    public uint Allocate(int bytes)
    {
        var sizeClass = SizeClasses.ClassFor(bytes + VersionBytes);
        while (_free.Count <= sizeClass)
        {
            _free.Add(new Stack<uint>());
            _openPage.Add(-1);
        }
        if (!_free[sizeClass].TryPop(out var handle)) handle = Extend(sizeClass);
        LiveBytes += SizeClasses.Size(sizeClass);
        BeginWrite(handle);
        return handle;
    }

    /// <summary>Takes back a region that is being written; its content is void from here on.</summary>
    public void Free(uint handle)
    {
        State(handle)[..8].Clear();
        EndWrite(handle);
        var page = _pages[handle >> 12];
        LiveBytes -= page.RegionBytes;
        _free[page.SizeClass].Push(handle);
    }

    /// <summary>Marks the region as being written: readers wait for <see cref="EndWrite"/>. Saves it first when a snapshot still needs it.</summary>
    public void BeginWrite(uint handle)
    {
        _pages[handle >> 12].BeforeWrite((int)(handle & 0xFFF));
        ref var version = ref Version(handle);
        Volatile.Write(ref version, version + 1);
        Interlocked.MemoryBarrier();
    }

    public void EndWrite(uint handle)
    {
        ref var version = ref Version(handle);
        Volatile.Write(ref version, version + 1);
    }

    private uint Extend(int sizeClass)
    {
        var open = _openPage[sizeClass];
        if (open < 0 || _pages[open].Used == _pages[open].Regions)
        {
            if (_pageCount == _pages.Length)
            {
                var larger = new Page[_pages.Length * 2];
                _pages.CopyTo(larger, 0);
                Volatile.Write(ref _pages, larger);
            }
            if (_pageCount >= 1 << 20) throw new InvalidOperationException("A slab holds at most 2^20 pages.");
            open = _pageCount;
            var page = new Page(sizeClass);
            Bytes += page.Data.Length;
            _pages[open] = page;
            _pageCount++;
            _openPage[sizeClass] = open;
        }
        return ((uint)open << 12) | (uint)_pages[open].Used++;
    }

    /// <summary>
    /// Asks every page for its states as they are now. Called by the writing thread between writes; the snapshot before must be complete.
    /// </summary>
    /// <param name="snapshot">Made for this.</param>
    /// <param name="all">Every state, instead of those that were written since the snapshot before began.</param>
    public void Snapshot(SlabSnapshot snapshot, bool all)
    {
        foreach (var page in _pages.AsSpan(0, _pageCount)) snapshot.Add(page, all);
    }

    /// <summary>What has been written so far counts as saved by a snapshot. On the writing thread, without one.</summary>
    public void ForgetWrites()
    {
        foreach (var page in _pages.AsSpan(0, _pageCount)) page.Forget();
    }
}
