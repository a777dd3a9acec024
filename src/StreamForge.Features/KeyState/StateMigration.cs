using System.Collections.Immutable;
using System.Runtime.InteropServices;
using StreamForge.Core;
using StreamForge.Features.Windows;

namespace StreamForge.Features.KeyState;

/// <summary>
/// Moves keys' states from one layout of a view to another, when its definition has been changed over live state. What both layouts have is carried over as it is; nothing is recomputed.
/// <para>
/// <b>Slots.</b> A slot of the new layout takes over the accumulators of the old slot of the same identity, in every tile and with its bytes in the heap; one that the old layout does not have is empty everywhere;
/// one that only the old layout has is left out. A tile in which nothing is left is left out too.
/// </para>
/// <para>
/// <b>Series.</b> A series of the new layout takes its tiles from one old series: of the same length where there is one (one that windows as long have read, else the longest kept), else the longest kept one
/// whose tiles divide its own, which are merged. Tiles cannot be cut finer: where there is none, the series begins empty. How long tiles are kept may change in both directions; what the old layout had
/// dropped does not come back, and what the new one keeps for a shorter time goes with the key's next new tile. Tiles of sessions come from tiles of sessions.
/// </para>
/// <para>
/// <b>Frozen tiles.</b> What a window of a length saw frozen (<see cref="FrozenSeries"/>) windows of that length go on seeing so: in frozen tiles or, where they are the longest now, in the series itself, unless a lifetime window counts
/// through it. What no window is left to see goes. A window of a new length sees the tiles as they are.
/// </para>
/// <para>
/// <b>Lifetime.</b> A lifetime window counts its accumulators and the tiles of the coarsest series. When the new coarsest series is not made of the old one, the old one's tiles are
/// folded into the accumulators, so that the sum stays. When it is made of another old series, whose tiles cover a part of the same events, there is no way to tell them apart (<see cref="Obstacle"/>).
/// </para>
/// <para>
/// <b>Changelogs.</b> Where rows are taken out, a state also knows below which moment its tiles are gone; the new layout says so of what begins now (<see cref="ViewLayout.WithFloors"/>), so that a row from before is not
/// looked for in it. Which rows an accumulator passes by that begins now is the caller's to see to.
/// </para>
/// Holds a buffer: one thread at a time.
/// </summary>
public sealed partial class StateMigration
{
    private readonly ViewLayout _from;
    private readonly ViewLayout _to;
    private readonly bool _folds;
    private byte[] _region = new byte[4096];
    private byte[] _source = [];

    /// <param name="from">What the states are laid out by.</param>
    /// <param name="to">What they are to be laid out by.</param>
    /// <param name="keeps">Whether a slot of <paramref name="to"/> may take over what there is; one that may not begins empty.</param>
    public StateMigration(ViewLayout from, ViewLayout to, Func<int, bool> keeps)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(keeps);
        (_from, _to) = (from, to);
        Slots = [.. to.Slots.Select((s, i) => keeps(i) ? from.Slots.ToList().FindIndex(o => o.Identity == s.Identity) : -1)];
        Series = [.. to.Series.Select((s, i) => Origin(s, preferCoarsest: i == 0 && from.HasLifetime && to.HasLifetime))];
        if (!from.HasLifetime || !to.HasLifetime || from.Series.IsEmpty) return;
        _folds = Series.IsEmpty || Series[0] < 0;
        if (!_folds && Series[0] > 0)
            Obstacle = $"the lifetime window is counted through tiles of {Duration.Format(from.Series[0].Resolution)}, which cannot be cut into the new longest ones of {Duration.Format(to.Series[0].Resolution)}";
    }

    /// <summary>For each slot of the new layout the old one that it takes over; -1 for one that begins empty.</summary>
    public ImmutableArray<int> Slots { get; }

    /// <summary>For each series of the new layout the old one that its tiles come from; -1 for one that begins empty.</summary>
    public ImmutableArray<int> Series { get; }

    /// <summary>Why the states cannot be moved; null when they can.</summary>
    public string? Obstacle { get; }

    private int Origin(TileSeries to, bool preferCoarsest)
    {
        if (preferCoarsest && !_from.Series.IsEmpty && Serves(_from.Series[0], to)) return 0;
        var best = -1;
        for (var i = 0; i < _from.Series.Length; i++)
        {
            if (Serves(_from.Series[i], to) && (best < 0 || Rank(i).CompareTo(Rank(best)) > 0)) best = i;
        }
        return best;

        (bool, bool, bool, long, long) Rank(int series)
        {
            var (tiles, former) = (_from.Series[series], Former(to.Retention));
            var isSame = tiles.Resolution == to.Resolution && tiles.Grain == to.Grain;
            // Of two that are alike, the one that has not begun later.
            return (isSame, isSame && tiles.Gap == to.Gap, isSame && tiles.Gap == to.Gap && (tiles.Retention == former || _from.Frozen.Any(f => f.Series == series && f.Tiles.Retention == former)), tiles.Retention, _from.Retracts ? -Math.Max(_from.FirstMarks[series], -long.MaxValue) : 0);
        }
    }

    /// <summary>Whether tiles can be made of others. Those of a session reach back as far as it does, which only those of sessions with no smaller gap do.</summary>
    private static bool Serves(TileSeries series, TileSeries to) => to.Resolution % series.Resolution == 0 && (to.Gap == 0 || series.Gap >= to.Gap);

    /// <summary>A state in the new layout.</summary>
    /// <returns>The bytes; valid until the next call.</returns>
    public ReadOnlySpan<byte> Migrate(ReadOnlySpan<byte> state)
    {
        if (Obstacle is not null) throw new InvalidOperationException(Obstacle);
        if (_source.Length < state.Length) _source = new byte[state.Length * 2];
        state.CopyTo(_source);
        var old = new KeyState(_source.AsSpan(0, state.Length), _from);
        var need = KeyState.InitialSize(_to, old.Key.Length) + old.HeapBytes.Length * (Series.Length + 1);
        for (var s = 0; s < Series.Length; s++) need += Series[s] < 0 ? 0 : (old.TileCount(Series[s]) + old.FrozenCount) * _to.TileBytes;
        need += sizeof(long) + old.FrozenCount * _to.Frozen.Length * _to.FrozenBytes;
        if (_region.Length < need) _region = new byte[need * 2];
        while (!TryMigrate(old)) _region = new byte[_region.Length * 2];
        return _region.AsSpan(0, KeyState.UsedBytes(_region));
    }

    private bool TryMigrate(KeyState old)
    {
        KeyState.Initialize(_region, _to, old.Key);
        var state = new KeyState(_region, _to);
        (state.Newest, state.Oldest) = (old.Newest, old.Oldest);
        FillMarks(old, state);
        for (var s = 0; s < Series.Length; s++) AddTiles(old, state, s);
        AddFrozen(old, state);
        for (var s = 0; s < Series.Length; s++)
        {
            if (Series[s] >= 0 && !TryFillTiles(old, state, s)) return false;
        }
        if (!TryFillFrozen(old, state)) return false;
        if (!_from.HasLifetime || !_to.HasLifetime) return true;
        if (!TryFill(state, state.LifetimeToFill, old.LifetimeSlots, old.HeapBytes)) return false;
        if (_from.Series.IsEmpty) return true;
        for (var i = 0; i < old.TileCount(0); i++)
        {
            if (!_folds && (old.TileStart(0, i) < old.Folded || old.TileStart(0, i) >= state.Folded)) continue;
            if (_folds && old.TileStart(0, i) < old.Folded) continue;
            if (!TryFill(state, state.LifetimeToFill, old.TileSlots(0, i), old.HeapBytes)) return false;
        }
        return true;
    }

    /// <summary>Below which moment tiles are gone, and up to where lifetime has them: at ends of the new tiles.</summary>
    private void FillMarks(KeyState old, KeyState state)
    {
        if (!_to.Retracts) return;
        var marks = state.MarksToFill;
        for (var s = 0; s < Series.Length; s++)
        {
            if (Series[s] >= 0) marks[s] = Math.Max(marks[s], _to.Series[s].FirstFrom(old.MarksToFill[Series[s]]));
        }
        if (_to.HasLifetime && !Series.IsEmpty) marks[^1] = Math.Max(Math.Max(marks[^1], marks[0]), _folds ? EventTime.MinValue : _to.Series[0].FirstFrom(old.Folded));
    }

    /// <summary>Whether a series has a tile no more, as a part of what it would be made of is gone.</summary>
    private bool IsGone(KeyState state, int series, long start) => _to.Retracts && start < state.MarksToFill[series];

    private void AddTiles(KeyState old, KeyState state, int series)
    {
        if (Series[series] < 0) return;
        foreach (var neighbours in Origins(old, series))
        {
            for (var tile = neighbours; !tile.IsEmpty; tile = tile[_from.TileBytes..])
            {
                if (!Holds(tile[sizeof(long)..])) continue;
                var start = _to.Series[series].StartOf(MemoryMarshal.Read<long>(tile));
                if (IsGone(state, series, start)) continue;
                var count = state.TileCount(series);
                if (count == 0 || state.TileStart(series, count - 1) != start) state.AddTile(series, start);
            }
        }
    }

    private bool TryFillTiles(KeyState old, KeyState state, int series)
    {
        var at = 0;
        foreach (var neighbours in Origins(old, series))
        {
            for (var tile = neighbours; !tile.IsEmpty; tile = tile[_from.TileBytes..])
            {
                var slots = tile.Slice(sizeof(long), _from.SlotBytes);
                if (!Holds(slots)) continue;
                var start = _to.Series[series].StartOf(MemoryMarshal.Read<long>(tile));
                if (IsGone(state, series, start)) continue;
                while (state.TileStart(series, at) != start) at++;
                if (!TryFill(state, state.TileSlots(series, at), slots, old.HeapBytes)) return false;
            }
        }
        return true;
    }

    /// <summary>Whether a tile holds anything that is taken over.</summary>
    private bool Holds(ReadOnlySpan<byte> tile)
    {
        foreach (var slot in Slots)
        {
            if (slot >= 0 && tile.Slice(_from.Slots[slot].Offset, _from.Slots[slot].Aggregate.Size).ContainsAnyExcept((byte)0)) return true;
        }
        return false;
    }

    private bool TryFill(KeyState state, Span<byte> into, ReadOnlySpan<byte> tile, ReadOnlySpan<byte> heap)
    {
        for (var i = 0; i < Slots.Length; i++)
        {
            if (Slots[i] < 0) continue;
            var (slot, from) = (_to.Slots[i], _from.Slots[Slots[i]]);
            var accumulator = tile.Slice(from.Offset, from.Aggregate.Size);
            if (accumulator.ContainsAnyExcept((byte)0) && !state.TryFill(into.Slice(slot.Offset, slot.Aggregate.Size), slot, accumulator, heap)) return false;
        }
        return true;
    }
}
