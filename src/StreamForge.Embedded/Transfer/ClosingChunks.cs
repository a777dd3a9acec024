using System.Buffers.Binary;
using System.Collections.Immutable;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.States;

namespace StreamForge.Embedded.Transfer;

/// <summary>What a checkpoint's state file knows of closing windows, by key: the form of <see cref="Shards.ClosingWindows.Save"/> and that of a portable state file.</summary>
internal sealed class ClosingChunks
{
    private const int HeaderBytes = 4 + 8 + 4 + 8 + 1 + 4;

    private readonly SortedDictionary<int, Dictionary<byte[], ImmutableArray<WindowState>.Builder>> _views = [];

    /// <summary>Takes a chunk over.</summary>
    public void Add(int view, ReadOnlySpan<byte> chunk)
    {
        if (!_views.TryGetValue(view, out var keys)) _views.Add(view, keys = new(KeyBytes.Instance));
        var lookup = keys.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (chunk.Length > 0)
        {
            var key = chunk.Slice(HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(chunk[25..]));
            if (!lookup.TryGetValue(key, out var windows)) lookup[key] = windows = ImmutableArray.CreateBuilder<WindowState>();
            windows.Add(new WindowState(
                BinaryPrimitives.ReadInt32LittleEndian(chunk), BinaryPrimitives.ReadInt64LittleEndian(chunk[4..]), BinaryPrimitives.ReadInt32LittleEndian(chunk[12..]),
                BinaryPrimitives.ReadUInt64LittleEndian(chunk[16..]), chunk[24] != 0));
            chunk = chunk[(HeaderBytes + key.Length)..];
        }
    }

    /// <param name="layouts">The layout of each view.</param>
    public IEnumerable<WindowsRecord> Records(Func<int, ViewLayout> layouts)
    {
        foreach (var (view, keys) in _views)
        {
            var layout = layouts(view);
            foreach (var (key, windows) in keys)
            {
                var due = windows.Where(static w => w.IsChanged).Select(w => (long?)layout.Windows[w.Window].EndOf(w.Start)).Min();
                yield return new WindowsRecord(view, key, due, [.. windows.OrderBy(static w => (w.Window, w.Start))]);
            }
        }
    }

    /// <summary>The chunk of one key's windows.</summary>
    public static byte[] Chunk(WindowsRecord record)
    {
        var size = HeaderBytes + record.Key.Length;
        var chunk = new byte[size * record.Windows.Length];
        for (var i = 0; i < record.Windows.Length; i++)
        {
            var entry = chunk.AsSpan(i * size, size);
            var window = record.Windows[i];
            BinaryPrimitives.WriteInt32LittleEndian(entry, window.Window);
            BinaryPrimitives.WriteInt64LittleEndian(entry[4..], window.Start);
            BinaryPrimitives.WriteInt32LittleEndian(entry[12..], window.Revision);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], window.Digest);
            entry[24] = window.IsChanged ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32LittleEndian(entry[25..], record.Key.Length);
            record.Key.CopyTo(entry[HeaderBytes..]);
        }
        return chunk;
    }
}
