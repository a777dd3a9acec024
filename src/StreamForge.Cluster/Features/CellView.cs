using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Emissions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Features;

/// <summary>What all cells of one view in one silo share. Any thread.</summary>
public sealed class CellView
{
    private readonly ViewPlan _plan;
    private readonly ImmutableArray<string> _sinks;
    private readonly BatchCodec _codec;
    private readonly ConcurrentBag<ClosedWindowRows> _writers = [];

    internal CellView(PipelinePlan plan, int view, SiloId silo, IDirtyCells dirty, DueKeys due)
    {
        _plan = plan.Views[view];
        _sinks = [.. plan.Sinks.Where(s => s.View == view).Select(s => s.Name)];
        _codec = new BatchCodec(ClosedWindowSchema.Of(_plan));
        Silo = silo;
        Dirty = dirty;
        Due = due;
    }

    public string Name => _plan.Name;

    public ViewLayout Layout => _plan.Layout;

    /// <summary>Whether a sink takes the view's closed windows; else no key keeps any.</summary>
    public bool Emits => !_sinks.IsEmpty;

    /// <summary>Where the cells are.</summary>
    public SiloId Silo { get; }

    internal IDirtyCells Dirty { get; }

    /// <summary>Where a cell says which windows it has to emit.</summary>
    internal DueKeys Due { get; }

    /// <summary>What the ledger says of a row that a key was to take out and does not hold.</summary>
    internal LedgerEntry Orphan(KeySlice slice, int row) => OrphanLine.Of(_plan, slice, row);

    /// <summary>Something that makes rows of closed windows, for one use at a time; to be given back.</summary>
    internal ClosedWindowRows RentRows() => _writers.TryTake(out var rows) ? rows : new ClosedWindowRows(_plan);

    internal void Return(ClosedWindowRows rows) => _writers.Add(rows);

    /// <summary>The collected rows as an emission for each sink, all of the same bytes.</summary>
    /// <param name="first">The number of the first row, growing from one call for a key to the next.</param>
    internal void AddEmissions(ClosedWindowRows rows, KeyId id, long first, long watermark, List<Emission> emissions)
    {
        var batch = rows.Take(id.Group, first, watermark);
        var payload = _codec.Encode(batch);
        batch.Release();
        foreach (var sink in _sinks) emissions.Add(new Emission(sink, payload));
    }
}

/// <summary>Where a cell says that it holds something that storage does not.</summary>
internal interface IDirtyCells
{
    /// <summary>The cell has changed; called under the cell's lock, after the change.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="marked">What this answered the last time; 0 when that flush has written the cell.</param>
    /// <returns>The flush that will write it.</returns>
    long Mark(FeatureCell cell, long marked);
}
