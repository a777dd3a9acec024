using System.Buffers;
using System.Collections.Concurrent;
using StreamForge.Features.KeyState;

namespace StreamForge.Embedded.Shards;

/// <summary>A page's bytes as they were when the snapshot began; rented.</summary>
internal readonly struct PageCopy(byte[] data, int regionBytes, int regions) : IDisposable
{
    public static PageCopy Of(Page page)
    {
        var length = page.Used * page.RegionBytes;
        var data = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        page.Data.AsSpan(0, length).CopyTo(data);
        return new PageCopy(data, page.RegionBytes, page.Used);
    }

    public int Regions => regions;

    /// <summary>The state in region <paramref name="index"/>, exactly its bytes in use; empty when the region is free.</summary>
    public ReadOnlySpan<byte> State(int index)
    {
        var state = data.AsSpan(index * regionBytes + Slab.VersionBytes, regionBytes - Slab.VersionBytes);
        return state[..KeyState.UsedBytes(state)];
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(data);
}

/// <summary>
/// The pages of a slab as they were at one moment, read while the slab goes on changing. The writer's early copies are bounded by a semaphore: when the
/// reader of the snapshot is too slow, the writer waits for it rather than copying the whole slab into memory. The reader therefore always reads to the end.
/// </summary>
internal sealed class SlabSnapshot(Page[] pages, SemaphoreSlim room, CancellationToken abort)
{
    private readonly ConcurrentQueue<PageCopy> _kept = new();
    private int _mostKept;

    /// <summary>Pages in all.</summary>
    public int Pages => pages.Length;

    /// <summary>The most pages that were copied ahead at once, for the metrics.</summary>
    public int MostKept => Volatile.Read(ref _mostKept);

    /// <summary>Called by the writing thread before it copies a page.</summary>
    public void WaitForRoom() => room.Wait(abort);

    /// <summary>Called by the writing thread with the copy of a page that it is about to change.</summary>
    public void Keep(PageCopy copy)
    {
        _kept.Enqueue(copy);
        if (_kept.Count > _mostKept) Volatile.Write(ref _mostKept, _kept.Count);
    }

    /// <summary>Reads every page once, in no particular order; each copy is the consumer's to dispose. One thread. What the writer has kept comes first, to make room for it.</summary>
    public IEnumerable<PageCopy> Read()
    {
        var left = pages.Length;
        for (var next = 0; left > 0;)
        {
            if (_kept.TryDequeue(out var kept))
            {
                room.Release();
                left--;
                yield return kept;
            }
            else if (next < pages.Length)
            {
                if (pages[next++].Save() is not { } copy) continue;
                left--;
                yield return copy;
            }
            else
            {
                // The writer has claimed the last pages and is copying them now; one that gave up while it waited for room never will.
                abort.ThrowIfCancellationRequested();
                Thread.Yield();
            }
        }
    }
}
