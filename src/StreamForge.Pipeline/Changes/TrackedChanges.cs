using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// What a read of a changelog comes to: image rows that add and take out, in the order of their events, and what has to be said of the rest. Disposed by whoever asked for it, before the read.
/// </summary>
public sealed class TrackedChanges : IDisposable
{
    private int[]? _events;

    internal TrackedChanges(ColumnBatch batch, int[] events)
    {
        Batch = batch;
        _events = events;
    }

    /// <summary>The image rows: a replaced image (<see cref="ChangeOp.Before"/>) stands just before the one that replaces it. Positions and ops are in the headers.</summary>
    public ColumnBatch Batch { get; }

    /// <summary>For each row the index of its event in the read. Ascending; rows of one event stand together.</summary>
    public ReadOnlySpan<int> Events => _events.AsSpan(0, Batch.Count);

    /// <summary>For each row whether its partition's first snapshot lasts, so that its watermark is held and the row cannot be late; null when that is so for none.</summary>
    public bool[]? Held { get; init; }

    /// <summary>Retractions without their addition, and whatever else is missing, each with the index of its event; ascending. Watermarks are not filled in.</summary>
    public required List<(int Event, LateRecord Record)> Orphans { get; init; }

    /// <summary>Events that changed something or should have: creates, updates, deletes, reads, truncates, and tombstones that were deletes; duplicates are among them.</summary>
    public required int Changes { get; init; }

    /// <summary>Events that change nothing by themselves: tombstones and records that are no rows.</summary>
    public required int PassedOver { get; init; }

    public required int Duplicates { get; init; }

    public required int Truncates { get; init; }

    /// <summary>Events among <see cref="Changes"/> whose new image could not be decoded, and which are dead letters for that.</summary>
    public required int Undecodable { get; init; }

    public void Dispose()
    {
        if (_events is null) return;
        ArrayPool<int>.Shared.Return(_events);
        _events = null;
        Batch.Release();
    }
}
