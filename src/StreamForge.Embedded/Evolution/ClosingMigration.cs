using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;

namespace StreamForge.Embedded.Evolution;

/// <summary>
/// Moves what is known of a view's closing windows to a changed definition: windows are found again by name, those that are gone are left out. Of a window that begins to be emitted, every instance that is
/// open and holds an event is noted, so that it is emitted when it ends.
/// </summary>
/// <param name="from">The layout that is known.</param>
/// <param name="to">The changed one.</param>
/// <param name="emits">Whether any sink takes the windows now.</param>
/// <param name="begins">Whether none did before.</param>
/// <param name="watermark">The checkpoint's, microseconds: a window that ends after it is open.</param>
internal sealed class ClosingMigration(ViewLayout from, ViewLayout to, bool emits, bool begins, long watermark)
{
    private const int EntryHeader = 4 + 8 + 4 + 8 + 1 + 4;

    private readonly int[] _windows = [.. from.Windows.Select(w => to.Windows.ToList().FindIndex(n => n.Name == w.Name && n.Closes))];
    private readonly int[] _begun = emits ? [.. to.Windows.Select((w, i) => (Window: w, Index: i)).Where(w => w.Window is { Closes: true, Series: >= 0 } && (begins || from.Windows.All(o => o.Name != w.Window.Name))).Select(w => w.Index)] : [];
    private readonly ArrayBufferWriter<byte> _chunk = new();
    private readonly Dictionary<byte[], byte[]> _open = new(KeyBytes.Instance);

    /// <summary>A chunk for each key with open windows that begin to be emitted.</summary>
    public IEnumerable<byte[]> Begun => _open.Values;

    /// <summary>A key is no more.</summary>
    public void Forget(ReadOnlySpan<byte> key) => _open.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(key);

    /// <summary>A chunk of entries with the windows' new numbers, in the form of <see cref="Shards.ClosingWindows.Save"/>; empty when none is left.</summary>
    public ReadOnlySpan<byte> Move(ReadOnlySpan<byte> chunk)
    {
        _chunk.ResetWrittenCount();
        while (emits && chunk.Length > 0)
        {
            var length = EntryHeader + BinaryPrimitives.ReadInt32LittleEndian(chunk[25..]);
            if (_windows[BinaryPrimitives.ReadInt32LittleEndian(chunk)] is >= 0 and var window)
            {
                var entry = _chunk.GetSpan(length);
                chunk[..length].CopyTo(entry);
                BinaryPrimitives.WriteInt32LittleEndian(entry, window);
                _chunk.Advance(length);
            }
            chunk = chunk[length..];
        }
        return _chunk.WrittenSpan;
    }

    /// <summary>Notes a key's open windows that begin to be emitted; a later state of the key takes an earlier one's place.</summary>
    /// <param name="state">The key's state in the changed layout.</param>
    public void Begin(ReadOnlySpan<byte> state)
    {
        if (_begun.Length == 0) return;
        _chunk.ResetWrittenCount();
        var copy = state.ToArray();
        var key = new KeyState(copy, to);
        foreach (var w in _begun)
        {
            foreach (var (start, end) in WindowInstances.All(to, copy, to.Windows[w]))
            {
                if (end <= watermark) continue;
                var entry = _chunk.GetSpan(EntryHeader + key.Key.Length);
                BinaryPrimitives.WriteInt32LittleEndian(entry, w);
                BinaryPrimitives.WriteInt64LittleEndian(entry[4..], start);
                BinaryPrimitives.WriteInt32LittleEndian(entry[12..], -1);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], 0);
                entry[24] = 1;
                BinaryPrimitives.WriteInt32LittleEndian(entry[25..], key.Key.Length);
                key.Key.CopyTo(entry[EntryHeader..]);
                _chunk.Advance(EntryHeader + key.Key.Length);
            }
        }
        if (_chunk.WrittenCount > 0) _open[key.Key.ToArray()] = _chunk.WrittenSpan.ToArray();
        else Forget(key.Key);
    }
}
