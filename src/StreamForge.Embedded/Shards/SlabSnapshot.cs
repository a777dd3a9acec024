namespace StreamForge.Embedded.Shards;

/// <summary>
/// Regions of a slab as they were at one moment, read while the slab goes on changing: all of them, or those written since the snapshot before began. A region is saved by whoever comes first, its writer
/// about to change it or the snapshot's reader; both hold the snapshot's lock while they copy, the reader for at most 64 regions at a time.
/// <para>
/// What the writer saves early is bounded by a semaphore, a count for each buffer: when the reader is too slow, the writer waits for it rather than copying the whole slab into memory. The reader therefore always reads to
/// the end.
/// </para>
/// </summary>
/// <param name="room">Bounds the buffers that are filled ahead of the reader.</param>
/// <param name="abort">Ends the writer's wait for room when the engine gives up.</param>
internal sealed class SlabSnapshot(SemaphoreSlim room, CancellationToken abort)
{
    private readonly Lock _lock = new();
    private readonly Queue<StateBuffer> _full = new();
    private readonly List<Page> _pages = [];
    private StateBuffer? _open;
    private int _mostKept;
    private int _page;
    private int _word;

    /// <summary>Keys that were taken out since the snapshot before began, before the states that were written since; empty in a snapshot of all states.</summary>
    public IReadOnlyList<byte[]> Removed { get; init; } = [];

    /// <summary>How many pages have states for it.</summary>
    public int Pages => _pages.Count;

    /// <summary>The most buffers that were filled ahead at once, for the metrics.</summary>
    public int MostKept => Volatile.Read(ref _mostKept);

    /// <summary>Asks a page for its states. Called by the writing thread, before anybody reads.</summary>
    public void Add(Page page, bool all)
    {
        if (page.Expect(this, all)) _pages.Add(page);
    }

    /// <summary>Saves a region that is about to be changed, unless it has been saved. Called by the writing thread.</summary>
    public void Keep(Page page, int region)
    {
        lock (_lock)
        {
            if (!page.Expects(region)) return;
            if (page.State(region).IsEmpty || _open?.TryAdd(page.State(region)) == true)
            {
                page.Saved(region);
                return;
            }
        }
        room.Wait(abort);
        lock (_lock)
        {
            if (!page.Expects(region))
            {
                room.Release();
                return;
            }
            var state = page.State(region);
            if (_open is not null) _full.Enqueue(_open);
            _open = new StateBuffer(Math.Max(StateBuffer.Bytes, sizeof(int) + state.Length));
            _open.TryAdd(state);
            page.Saved(region);
            _mostKept = Math.Max(_mostKept, _full.Count + 1);
        }
    }

    /// <summary>Reads every snapshot of a list to its end, each state once and in no order; what writers have saved early comes first, to make room. One thread.</summary>
    /// <returns>Buffers of states with the place of their snapshot in the list; each until the next is asked for.</returns>
    public static IEnumerable<(int Snapshot, StateBuffer States)> Read(IReadOnlyList<SlabSnapshot> snapshots)
    {
        var copy = new StateBuffer();
        for (var i = 0; i < snapshots.Count; i++)
        {
            for (var more = true; more;)
            {
                for (var ahead = i; ahead < snapshots.Count; ahead++)
                {
                    while (snapshots[ahead].TakeFull() is { } full)
                    {
                        yield return (ahead, full);
                        full.Release();
                    }
                }
                copy.Clear();
                more = snapshots[i].TryRead(copy);
                if (more) yield return (i, copy);
            }
            while (snapshots[i].TakeRest() is { } rest)
            {
                yield return (i, rest);
                rest.Release();
            }
        }
        copy.Release();
    }

    private StateBuffer? TakeFull()
    {
        lock (_lock)
        {
            if (!_full.TryDequeue(out var buffer)) return null;
            room.Release();
            return buffer;
        }
    }

    /// <summary>Takes what is left when every page has been read; no writer adds to it any more.</summary>
    private StateBuffer? TakeRest()
    {
        if (TakeFull() is { } full) return full;
        lock (_lock)
        {
            if (_open is null) return null;
            room.Release();
            (var open, _open) = (_open, null);
            return open;
        }
    }

    /// <summary>Saves the next few states that nobody has saved; false when there are none left.</summary>
    private bool TryRead(StateBuffer into)
    {
        while (_page < _pages.Count)
        {
            var page = _pages[_page];
            lock (_lock) page.SaveWord(_word, into);
            if (++_word == page.Words) (_page, _word) = (_page + 1, 0);
            if (!into.IsEmpty) return true;
        }
        return false;
    }
}
