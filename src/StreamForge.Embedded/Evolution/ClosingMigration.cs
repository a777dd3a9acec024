using System.Buffers;
using System.Buffers.Binary;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Evolution;

namespace StreamForge.Embedded.Evolution;

/// <summary>Moves what a checkpoint knows of a view's closing windows to a changed definition (<see cref="WindowMigration"/>).</summary>
/// <param name="to">The changed layout.</param>
internal sealed class ClosingMigration(WindowMigration windows, ViewLayout to)
{
    private const int EntryHeader = 4 + 8 + 4 + 8 + 1 + 4;

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
        while (chunk.Length > 0)
        {
            var length = EntryHeader + BinaryPrimitives.ReadInt32LittleEndian(chunk[25..]);
            if (windows.Of(BinaryPrimitives.ReadInt32LittleEndian(chunk)) is >= 0 and var window)
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
        if (!windows.Begins) return;
        _chunk.ResetWrittenCount();
        var copy = state.ToArray();
        var key = new KeyState(copy, to);
        foreach (var (window, start) in windows.Begun(copy))
        {
            var entry = _chunk.GetSpan(EntryHeader + key.Key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(entry, window);
            BinaryPrimitives.WriteInt64LittleEndian(entry[4..], start);
            BinaryPrimitives.WriteInt32LittleEndian(entry[12..], -1);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], 0);
            entry[24] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(entry[25..], key.Key.Length);
            key.Key.CopyTo(entry[EntryHeader..]);
            _chunk.Advance(EntryHeader + key.Key.Length);
        }
        if (_chunk.WrittenCount > 0) _open[key.Key.ToArray()] = _chunk.WrittenSpan.ToArray();
        else Forget(key.Key);
    }
}
