using StreamForge.Core;

namespace StreamForge.Features.KeyState;

/// <content>Frozen tiles.</content>
public sealed partial class StateMigration
{
    /// <summary>The retention that windows of the same length had in the old layout.</summary>
    private long Former(long retention) => retention - _to.AllowedLateness + _from.AllowedLateness;

    /// <summary>The old tiles that a series is made of, as the longest windows that read it now saw them. A lifetime window counts each row once: what it counts through stays whole.</summary>
    private WindowTiles Origins(KeyState old, int series) => new(
        old, _from, Series[series], series == 0 && _from.HasLifetime && _to.HasLifetime ? long.MaxValue : Former(_to.Series[series].Retention), EventTime.MinValue, EventTime.MaxValue);

    private void AddFrozen(KeyState old, KeyState state)
    {
        if (old.FrozenCount == 0) return;
        foreach (var (series, tiles) in _to.Frozen)
        {
            if (Series[series] < 0) continue;
            var added = EventTime.MinValue;
            var frozen = old.FrozenTiles(Series[series], Former(tiles.Retention), EventTime.MinValue, EventTime.MaxValue);
            for (; !frozen.IsEmpty; frozen = frozen[_from.FrozenBytes..])
            {
                var start = tiles.StartOf(KeyState.FrozenId.Read(frozen).Start);
                if (start == added || IsGone(state, series, start)) continue;
                // Where there is nothing to see for any window, none need be told.
                if (!Holds(frozen[(_from.FrozenBytes - _from.SlotBytes)..]) && !state.HasTile(series, start)) continue;
                state.AddFrozen(new KeyState.FrozenId(series, tiles.Retention, start));
                added = start;
            }
        }
    }

    private bool TryFillFrozen(KeyState old, KeyState state)
    {
        for (var i = 0; i < state.FrozenCount; i++)
        {
            var id = state.IdOfFrozen(i);
            var (series, end) = ((int)id.Series, id.Start + _to.Series[(int)id.Series].Resolution);
            foreach (var neighbours in new WindowTiles(old, _from, Series[series], Former(id.Retention), id.Start, end))
            {
                for (var tile = neighbours; !tile.IsEmpty; tile = tile[_from.TileBytes..])
                {
                    if (!TryFill(state, state.FrozenSlots(i), tile.Slice(sizeof(long), _from.SlotBytes), old.HeapBytes)) return false;
                }
            }
        }
        return true;
    }
}
