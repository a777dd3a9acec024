using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Features;

/// <summary>The cells of one pipeline that are active in this silo. Any thread.</summary>
public sealed class ActiveCells
{
    private readonly ImmutableArray<CellView> _views;
    private readonly ConcurrentDictionary<byte[], FeatureCell>[] _cells;
    private readonly ConcurrentDictionary<byte[], FeatureCell>.AlternateLookup<ReadOnlySpan<byte>>[] _lookups;

    internal ActiveCells(PipelinePlan plan, SiloId silo, IDirtyCells dirty, DueKeys due)
    {
        _views = [.. plan.Views.Select((_, view) => new CellView(plan, view, silo, dirty, due))];
        _cells = [.. _views.Select(_ => new ConcurrentDictionary<byte[], FeatureCell>(KeyBytes.Instance))];
        _lookups = [.. _cells.Select(c => c.GetAlternateLookup<ReadOnlySpan<byte>>())];
    }

    /// <summary>Cells of a view.</summary>
    public int Count(int view) => _cells[view].Count;

    /// <summary>The cell of a key, if it is active here. It may end at any moment.</summary>
    public bool TryGet(int view, ReadOnlySpan<byte> key, [NotNullWhen(true)] out FeatureCell? cell) => _lookups[view].TryGetValue(key, out cell);

    /// <summary>Makes the cell of a key that is activated here.</summary>
    /// <exception cref="Core.StreamForgeException">Corrupt.</exception>
    internal FeatureCell Add(KeyId id, Guid writer, StoredKey? stored)
    {
        var cell = new FeatureCell(_views[id.View], id, writer, stored);
        _cells[id.View][id.Key] = cell;
        return cell;
    }

    internal void Remove(FeatureCell cell) => _cells[cell.Id.View].TryRemove(KeyValuePair.Create(cell.Id.Key, cell));
}
