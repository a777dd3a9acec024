using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Emissions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// The closed windows of one view in one shard on their way to sinks: which instances there are (<see cref="ClosingWindow"/>), how far time is, and the rows that come of both.
/// <para>
/// Two watermarks count. <see cref="Watermark"/> is the newest that any partition has brought: an instance whose end it has reached is emitted. <see cref="Final"/> is the least that any
/// partition may still bring rows under: every partition's messages come in order, and a row's own watermark is never below that of an earlier message of its partition. Only what is final by it is
/// forgotten, and only tiles of windows that are final by it are dropped from the keys (<see cref="Expiry"/>). So however batches of several partitions overtake one another on their way here, a row that was
/// accepted finds the tiles and the revisions that it belongs to, and a window has been emitted before its tiles go.
/// </para>
/// The shard's thread only, but for <see cref="Rows"/>.
/// </summary>
internal sealed class ClosingWindows
{
    /// <summary>Rows a batch at most.</summary>
    private const int BatchRows = 4096;

    private const int ChunkBytes = 256 * 1024;
    private const int EntryHeader = 4 + 8 + 4 + 8 + 1 + 4;

    private readonly ClosingWindow?[] _windows;
    private readonly ViewLayout _layout;
    private readonly ClosedWindowRows _rows;
    private readonly int _shard;
    private readonly long[] _reached;
    private readonly long _longest;
    private long _emitted;

    /// <param name="view">The view.</param>
    /// <param name="shard">The shard's number.</param>
    /// <param name="partitions">Partitions of the pipeline.</param>
    public ClosingWindows(ViewPlan view, int shard, int partitions)
    {
        _layout = view.Layout;
        _shard = shard;
        _rows = new ClosedWindowRows(view);
        _windows = [.. _layout.Windows.Select(w => w.Closes ? ClosingWindow.Of(w, _layout) : null)];
        _longest = _windows.Max(w => w?.Plan.Size ?? 0);
        _reached = new long[partitions];
        Array.Fill(_reached, EventTime.MinValue);
    }

    /// <summary>The newest watermark heard of.</summary>
    public long Watermark { get; private set; } = EventTime.MinValue;

    /// <summary>Rows to come have been judged by this watermark or a later one.</summary>
    public long Final { get; private set; } = EventTime.MinValue;

    /// <summary>
    /// The watermark by which tiles may be dropped. A window's first tile takes no event any more up to the window's length before its last one does, and every revision until then is computed from all of them.
    /// </summary>
    public long Expiry => EventTime.SaturatingSubtract(Final, _longest);

    /// <summary>The number of the next row; any thread.</summary>
    public long Rows => Volatile.Read(ref _emitted);

    /// <summary>The number of the first row of this process.</summary>
    public long RowsBefore { get; private set; }

    /// <summary>Window instances that are known of.</summary>
    public int Count => _windows.Sum(w => w?.Count ?? 0);

    /// <summary>Goes on where a checkpoint was.</summary>
    public void Restore(long watermark, long rows)
    {
        Watermark = Final = watermark;
        Array.Fill(_reached, watermark);
        RowsBefore = _emitted = rows;
    }

    /// <summary>Notes the windows that rows of a key, all of them applied to its state, belong to.</summary>
    public void Touch(ReadOnlySpan<byte> key, Span<byte> state, ViewRows rows, ReadOnlySpan<int> run)
    {
        foreach (var window in _windows) window?.Touch(key, state, rows, run);
    }

    /// <summary>A message of a partition has been applied, after which the pipeline's watermark was <paramref name="watermark"/>.</summary>
    /// <param name="finished">The partition brings nothing more.</param>
    public void Advance(int partition, long watermark, bool finished)
    {
        _reached[partition] = finished ? EventTime.MaxValue : watermark;
        if (watermark > Watermark) Watermark = watermark;
    }

    /// <summary>The next rows to emit, as a batch with one reference; null when there are none left, and then what has become final is forgotten.</summary>
    /// <param name="store">The keys' states.</param>
    /// <param name="all">Also windows that are still open; time does not move.</param>
    public ColumnBatch? Next(KeyStore store, bool all)
    {
        for (var w = 0; w < _windows.Length; w++)
        {
            if (_windows[w] is not { } window) continue;
            while (_rows.Count < BatchRows && window.TryTake(Watermark, all, store.State, out var start, out var key, out var revision))
            {
                if (_rows.Emit(w, start, key, store.State(key), ref revision)) window.Emitted(start, key, revision);
            }
        }
        if (_rows.Count > 0)
        {
            var batch = _rows.Take(_shard, _emitted, Watermark);
            Volatile.Write(ref _emitted, _emitted + batch.Count);
            return batch;
        }
        var final = Math.Min(Watermark, _reached.Min());
        if (final <= Final) return null;
        Final = final;
        foreach (var window in _windows) window?.Forget(final, store.State);
        return null;
    }

    /// <summary>Everything that is known of windows, in chunks: entries of <c>u32 window, i64 start, i32 revision, u64 digest, u8 changed, u32 key length, key</c>, little-endian.</summary>
    public List<byte[]> Save()
    {
        var chunks = new List<byte[]>();
        var chunk = new ArrayBufferWriter<byte>(4096);
        for (var w = 0; w < _windows.Length; w++)
        {
            if (_windows[w] is not { } window) continue;
            foreach (var (start, key, revision) in window.All())
            {
                var entry = chunk.GetSpan(EntryHeader + key.Length);
                BinaryPrimitives.WriteInt32LittleEndian(entry, w);
                BinaryPrimitives.WriteInt64LittleEndian(entry[4..], start);
                BinaryPrimitives.WriteInt32LittleEndian(entry[12..], revision.Number);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], revision.Digest);
                entry[24] = revision.IsChanged ? (byte)1 : (byte)0;
                BinaryPrimitives.WriteInt32LittleEndian(entry[25..], key.Length);
                key.CopyTo(entry[EntryHeader..]);
                chunk.Advance(EntryHeader + key.Length);
                if (chunk.WrittenCount < ChunkBytes) continue;
                chunks.Add(chunk.WrittenSpan.ToArray());
                chunk.ResetWrittenCount();
            }
        }
        if (chunk.WrittenCount > 0) chunks.Add(chunk.WrittenSpan.ToArray());
        return chunks;
    }

    /// <summary>Takes over the entries of a chunk, each in the shard that owns its key.</summary>
    /// <param name="of">The shard's windows by the key's hash.</param>
    public static void Load(ReadOnlySpan<byte> chunk, Func<ulong, ClosingWindows> of)
    {
        while (chunk.Length > 0)
        {
            var key = chunk.Slice(EntryHeader, BinaryPrimitives.ReadInt32LittleEndian(chunk[25..])).ToArray();
            var revision = new WindowRevision(BinaryPrimitives.ReadInt32LittleEndian(chunk[12..]), BinaryPrimitives.ReadUInt64LittleEndian(chunk[16..]), chunk[24] != 0);
            of(KeyGroup.Hash(key))._windows[BinaryPrimitives.ReadInt32LittleEndian(chunk)]!.Restore(BinaryPrimitives.ReadInt64LittleEndian(chunk[4..]), key, revision);
            chunk = chunk[(EntryHeader + key.Length)..];
        }
    }
}
