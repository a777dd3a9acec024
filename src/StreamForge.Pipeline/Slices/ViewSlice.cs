using System.Buffers;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Pipeline.Slices;

/// <summary>
/// What a batch brings to one view, sorted by key group: each shard reads its own stretch of <see cref="Order"/>, and rows of one key stand together in the order
/// in which they came. Counted; the last <see cref="Release"/> gives columns and arrays back.
/// </summary>
public sealed class ViewSlice
{
    private readonly ColumnBatch _batch;
    private readonly Column[] _columns;
    private readonly long[]? _times;
    private int _references;

    internal ViewSlice(int view, ViewRows rows, KeyVector keys, int[] order, int count, int[] shardStarts, ColumnBatch batch, Column[] columns, long[]? times, int references)
    {
        View = view;
        Rows = rows;
        Keys = keys;
        Order = order;
        Count = count;
        ShardStarts = shardStarts;
        _batch = batch;
        _columns = columns;
        _times = times;
        _references = references;
    }

    /// <summary>Index of the view in the plan.</summary>
    public int View { get; }

    public ViewRows Rows { get; }

    /// <summary>The rows as the view's input has them.</summary>
    public ColumnBatch Batch => _batch;

    /// <summary>Each row's offset within its partition and segment.</summary>
    public ReadOnlySpan<long> Positions => _batch.Headers.Positions;

    /// <summary>The key of each row.</summary>
    public KeyVector Keys { get; }

    /// <summary>Rows that the view takes, by key group and key; longer than <see cref="Count"/>.</summary>
    public int[] Order { get; }

    public int Count { get; }

    /// <summary>Where each shard's stretch of <see cref="Order"/> begins; one more than there are shards.</summary>
    public int[] ShardStarts { get; }

    /// <summary>The end of the run of rows that have the same key as row <paramref name="from"/> of the order.</summary>
    public int RunEnd(int from, int end)
    {
        var first = Order[from];
        var to = from + 1;
        while (to < end && Keys.Same(first, Order[to])) to++;
        return to;
    }

    /// <summary>Gives back the references of all shards, when none of them will get the slice.</summary>
    internal void Abandon()
    {
        for (var left = ShardStarts.Length - 1; left > 0; left--) Release();
    }

    /// <summary>A shard is done with its stretch.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        foreach (var column in _columns) column.Release();
        if (_times is not null) ArrayPool<long>.Shared.Return(_times);
        ArrayPool<int>.Shared.Return(Order);
        Keys.Return();
        _batch.Release();
    }
}
