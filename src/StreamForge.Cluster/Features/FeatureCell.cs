using System.Diagnostics.CodeAnalysis;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Cluster.Features;

/// <summary>
/// One activation of a key: its state in memory, between the slices that change it and the flushes that write it.
/// <para>
/// <b>Applying.</b> The cell holds for each partition one past the last event that it has (<see cref="PositionVector"/>). A slice says what the partition sent before; when that is more than the cell holds, something
/// is missing, and the cell answers <i>behind</i> and stays as it is. Otherwise rows below what it holds are dropped and the others applied, all at once for whoever reads.
/// </para>
/// <para>
/// <b>Flushing.</b> A change marks the cell, under its lock and after the change, and the answer is the number of the flush that will write it. The flush takes a snapshot, under the same lock; what comes later marks the
/// cell again. <see cref="Written"/> and <see cref="Fence"/> say how it ended. Rows of windows that were closed, and orphans for the ledger, travel with the snapshot: they are there once, as the state is that they come from.
/// </para>
/// <para>
/// <b>Ending.</b> A cell is active until it is retired (its activation ends; what it holds is still flushed) or fenced (another activation has written the key: what this one holds is worth nothing). From then on
/// every call is refused with a retryable error, so that the caller finds the activation that has the key now.
/// </para>
/// Safe from any thread; no call waits for anything but the few microseconds that another takes.
/// </summary>
public sealed class FeatureCell
{
    /// <summary>Uses between two calls of the activation.</summary>
    private const byte Shortcuts = 64;

    private readonly CellView _view;
    private readonly Guid _writer;

    // Nobody else ever sees it, so it is also the cell's lock.
    private readonly PositionVector _positions;
    private readonly KeyWindows? _windows;
    private byte[] _state;
    private List<Emission>? _emissions;
    private List<LedgerEntry>? _orphans;
    private long _version;
    private long _flush;
    private long _watermark;
    private long? _due;
    private int _rows;
    private bool _changed;
    private bool _isWriting;
    private CellPhase _phase;
    private byte _shortcuts;

    /// <param name="id">The key.</param>
    /// <param name="writer">This activation.</param>
    /// <param name="stored">What is durable of it; null for a key that is not stored.</param>
    /// <exception cref="StreamForgeException">Corrupt.</exception>
    internal FeatureCell(CellView view, KeyId id, Guid writer, StoredKey? stored)
    {
        _view = view;
        _writer = writer;
        Id = id;
        (_state, _positions, var windows, _watermark) = stored is null ? ([], new PositionVector(), null, EventTime.MinValue) : KeyContent.Read(stored.Content);
        _windows = view.Emits ? windows ?? new KeyWindows() : null;
        _windows?.Settle(view.Layout, _state);
        _version = stored?.Version ?? 0;
        NoteDue();
    }

    private enum CellPhase : byte
    {
        Active,
        Retired,

        /// <summary>A call failed half-way, and left what nobody may see.</summary>
        Broken,

        Fenced,
    }

    public KeyId Id { get; }

    /// <summary>Whether nothing is known of the key: somebody asked for one that does not exist, and the activation may end at once.</summary>
    public bool IsEmpty => _state.Length == 0;

    /// <summary>Whether it still takes calls.</summary>
    public bool IsActive => _phase == CellPhase.Active;

    /// <summary>The flush that will have written all that the cell holds; 0 when storage has it.</summary>
    internal long Flush
    {
        get
        {
            lock (_positions) return _flush;
        }
    }

    /// <summary>Bytes of state, for metrics.</summary>
    public int Bytes => _state.Length;

    /// <summary>Applies what the cell does not hold yet of a slice.</summary>
    /// <exception cref="StreamForgeException">Unavailable, retryable: the activation has ended.</exception>
    public KeyAnswer Apply(KeySlice slice)
    {
        _shortcuts = 0;
        return TryApply(slice, out var answer) ? answer : throw Ended();
    }

    /// <summary>Emits the windows that time has closed.</summary>
    /// <exception cref="StreamForgeException">Unavailable, retryable: the activation has ended.</exception>
    public KeyAnswer Close(CloseRequest time) => TryClose(time, out var answer) ? answer : throw Ended();

    /// <summary>A copy for readers (<see cref="KeyCopy"/>); null when the key is unknown.</summary>
    /// <exception cref="StreamForgeException">Unavailable, retryable: the activation has ended.</exception>
    public byte[]? Read()
    {
        _shortcuts = 0;
        return TryRead(out var copy) ? copy : throw Ended();
    }

    /// <summary>
    /// Whether the activation may be left out of this use: who is in its silo can go to the cell itself, but now and then makes a proper call, so that the host sees that the key is in use and does not end
    /// an activation that only seems idle. Being off by a few does not matter.
    /// </summary>
    internal bool MayShortcut => _shortcuts < Shortcuts && ++_shortcuts > 0;

    /// <returns>false, and nothing has happened, when the activation has ended.</returns>
    internal bool TryApply(KeySlice slice, out KeyAnswer answer)
    {
        lock (_positions)
        {
            answer = default;
            if (_phase != CellPhase.Active) return false;
            var held = _positions[slice.Partition];
            var isBehind = slice.Previous > held;
            if (!isBehind)
            {
                var from = slice.From;
                var to = slice.From + slice.Count;
                while (from < to && slice.Positions[from] < held) from++;
                if (from < to) Add(slice, from, to);
            }
            answer = new KeyAnswer(_view.Silo, _flush, isBehind);
            return true;
        }
    }

    private void Add(KeySlice slice, int from, int to)
    {
        // Should anything fail half-way, this activation is over: the next one has what is durable, and answers behind.
        _phase = CellPhase.Broken;
        var layout = _view.Layout;
        var rows = slice.Rows;
        var expiry = _windows?.Expiry(layout) ?? EventTime.MaxValue;
        for (var row = from; row < to; row++)
        {
            if (rows.Retracts(row)) Retract(layout, slice, row, expiry);
            else Add(layout, rows, row, expiry);
            if (rows.Watermarks[row] > _watermark) _watermark = rows.Watermarks[row];
        }
        _positions.Set(slice.Partition, slice.Positions[to - 1] + 1);
        if (_state.Length > 0) _windows?.Touch(layout, _state, rows, from, to);
        // A key that only orphans have come for stays unknown, but which events it has seen is stored with them.
        Change();
        _phase = CellPhase.Active;
    }

    private void Add(ViewLayout layout, ViewRows rows, int row, long expiry)
    {
        if (_state.Length == 0)
        {
            // A key is known from the first row on that is added to it.
            _state = new byte[KeyState.InitialSize(layout, Id.Key.Length) + layout.Series.Length * layout.TileBytes];
            KeyState.Initialize(_state, layout, Id.Key);
        }
        int shortfall;
        while (!new KeyState(_state, layout).TryAdd(rows, row, out shortfall, expiry)) Grow(layout, shortfall);
    }

    private void Retract(ViewLayout layout, KeySlice slice, int row, long expiry)
    {
        var rows = slice.Rows;
        var orphan = rows.TakesAny(row) && layout.IsMissing(rows.Times[row], rows.Watermarks[row]);
        if (_state.Length > 0)
        {
            int shortfall;
            while (!new KeyState(_state, layout).TryRetract(rows, row, out shortfall, out orphan, expiry)) Grow(layout, shortfall);
        }
        if (orphan) (_orphans ??= []).Add(_view.Orphan(slice, row));
    }

    /// <summary>Moves the state to a larger array: an eighth more than is needed, since most keys that grow go on growing.</summary>
    private void Grow(ViewLayout layout, int shortfall)
    {
        var state = new KeyState(_state, layout);
        var needed = checked(state.CompactSize + shortfall);
        var larger = new byte[Math.Max(needed, Math.Min(needed + needed / 8, Array.MaxLength))];
        state.CopyTo(larger);
        _state = larger;
    }

    private void Change()
    {
        _changed = true;
        _flush = _view.Dirty.Mark(this, _flush);
        NoteDue();
    }

    private void NoteDue()
    {
        if (_windows is null || _windows.Due() is var due && due == _due) return;
        _due = due;
        _view.Due.Note(Id, due);
    }

    private void ForgetDue()
    {
        if (_due is null) return;
        _due = null;
        _view.Due.Note(Id, null);
    }

    internal bool TryClose(CloseRequest time, out KeyAnswer answer)
    {
        lock (_positions)
        {
            answer = default;
            if (_phase != CellPhase.Active) return false;
            var taken = _windows is not null && _state.Length > 0 && Close(_windows, time);
            if (time.IsStored && !taken && _flush == 0)
            {
                _phase = CellPhase.Retired;
                return false;
            }
            answer = new KeyAnswer(_view.Silo, _flush, IsBehind: false);
            return true;
        }
    }

    private bool Close(KeyWindows windows, CloseRequest time)
    {
        _phase = CellPhase.Broken;
        var rows = _view.RentRows();
        var taken = windows.Close(_view.Layout, time, Id.Key, _state, rows);
        if (rows.Count > 0)
        {
            // Numbers that grow: a version is written once, and brings fewer rows than this.
            var first = (_version << 24) + _rows;
            _rows += rows.Count;
            _view.AddEmissions(rows, Id, first, time.Watermark, _emissions ??= []);
        }
        _view.Return(rows);
        if (taken) Change();
        _phase = CellPhase.Active;
        return taken;
    }

    internal bool TryRead([MaybeNullWhen(true)] out byte[]? copy)
    {
        lock (_positions)
        {
            copy = null;
            if (_phase != CellPhase.Active) return false;
            if (_state.Length > 0) copy = KeyCopy.Of(_state, _watermark);
            return true;
        }
    }

    /// <summary>What is to be written, and from here on counts as being written; null when there is nothing, or it is being written already.</summary>
    /// <param name="isLost">What the cell held and had not written cannot be written any more.</param>
    internal KeyWrite? Snapshot(out bool isLost)
    {
        lock (_positions)
        {
            isLost = _phase == CellPhase.Broken && _flush > 0;
            if (!_changed || _isWriting || _phase is CellPhase.Broken or CellPhase.Fenced) return null;
            _changed = false;
            _isWriting = true;
            IReadOnlyList<Emission> emissions = _emissions is null ? [] : _emissions;
            IReadOnlyList<LedgerEntry> orphans = _orphans is null ? [] : _orphans;
            _emissions = null;
            _orphans = null;
            _rows = 0;
            var content = KeyContent.Write(_view.Layout, _state, _positions, _windows, _watermark);
            var newest = _state.Length == 0 ? EventTime.MinValue : KeyState.NewestOf(_state);
            return new KeyWrite(Id, _version, _writer, content, newest, _windows?.Due(), emissions) { Orphans = orphans };
        }
    }

    /// <summary>The snapshot is in storage.</summary>
    /// <param name="flush">The flush that wrote it.</param>
    internal void Written(long flush)
    {
        lock (_positions)
        {
            _version++;
            _isWriting = false;
            if (_flush <= flush) _flush = 0;
        }
    }

    /// <summary>Another activation has written the key: this one is over, and what it holds is lost.</summary>
    internal void Fence()
    {
        lock (_positions)
        {
            _phase = CellPhase.Fenced;
            _changed = _isWriting = false;
            _flush = 0;
            ForgetDue();
        }
    }

    /// <summary>The activation ends: no more calls are taken; what the cell holds is still written.</summary>
    internal void Retire()
    {
        lock (_positions)
        {
            if (_phase == CellPhase.Active) _phase = CellPhase.Retired;
            ForgetDue();
        }
    }

    private StreamForgeException Ended() => new(ErrorKind.Unavailable, $"this activation of a key of {_view.Name} has ended in {_view.Silo}; another one has it or will have it", retryable: true);
}
