using StreamForge.Cluster.Payloads;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Emissions;

namespace StreamForge.Cluster.Features;

/// <summary>
/// What is known of one key's closing windows: what <see cref="ClosingWindow"/> is for all keys of a shard, for one. An instance that an event touches is <i>changed</i>; when the watermark has reached its end it is emitted,
/// as revision 0 and later as the next one, unless its values are what they were; once nothing can touch it any more it is forgotten. One thread at a time.
/// <para>Stored as: i64 final, varint instances, then of each varint window, i64 start, signed varint revision, u64 digest, u8 changed.</para>
/// </summary>
public sealed class KeyWindows
{
    // Ascending by window and start.
    private Instance[] _instances = [];

    private struct Instance
    {
        public int Window;
        public long Start;
        public WindowRevision Revision;
    }

    /// <summary>
    /// Rows to come have been judged by this watermark or a later one, microseconds. Tiles may be dropped by it less the longest closing window, since every revision is computed from all tiles of its window.
    /// </summary>
    public long Final { get; private set; } = EventTime.MinValue;

    /// <summary>Instances that are known.</summary>
    public int Count => _instances.Length;

    /// <summary>Each of them, ascending by window and start.</summary>
    internal IEnumerable<(int Window, long Start, WindowRevision Revision)> All => _instances.Select(static i => (i.Window, i.Start, i.Revision));

    /// <summary>Windows that are known from elsewhere.</summary>
    internal static KeyWindows Of(long final, IEnumerable<(int Window, long Start, WindowRevision Revision)> windows) => new()
    {
        Final = final,
        _instances = [.. windows.OrderBy(static w => (w.Window, w.Start)).Select(static w => new Instance { Window = w.Window, Start = w.Start, Revision = w.Revision })],
    };

    /// <summary>The watermark by which tiles may be dropped.</summary>
    public long Expiry(ViewLayout layout)
    {
        var longest = 0L;
        foreach (var window in layout.Windows)
        {
            if (window.Closes) longest = Math.Max(longest, window.Size);
        }
        return EventTime.SaturatingSubtract(Final, longest);
    }

    /// <summary>The least end of an instance that has changed, microseconds; null when none has.</summary>
    public long? Due(ViewLayout layout)
    {
        long? due = null;
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            if (instance.Revision.IsChanged && layout.Windows[instance.Window].EndOf(instance.Start) is var end && !(due <= end)) due = end;
        }
        return due;
    }

    /// <summary>Notes the windows that rows, applied to the key's state, belong to.</summary>
    public void Touch(ViewLayout layout, ViewRows rows, int from, int to)
    {
        for (var w = 0; w < layout.Windows.Length; w++)
        {
            var window = layout.Windows[w];
            if (!window.Closes) continue;
            var touched = EventTime.MinValue;
            for (var row = from; row < to; row++)
            {
                var start = window.StartOf(rows.Times[row]);
                if (start == touched || !window.Accepts(rows.Times[row], rows.Watermarks[row], layout.AllowedLateness) || !rows.TakesAny(row)) continue;
                At(w, start).Revision.IsChanged = true;
                touched = start;
            }
        }
    }

    private ref Instance At(int window, long start)
    {
        var at = _instances.Length;
        while (at > 0 && (_instances[at - 1].Window, _instances[at - 1].Start).CompareTo((window, start)) >= 0) at--;
        if (at < _instances.Length && _instances[at].Window == window && _instances[at].Start == start) return ref _instances[at];
        var longer = new Instance[_instances.Length + 1];
        _instances.AsSpan(0, at).CopyTo(longer);
        _instances.AsSpan(at).CopyTo(longer.AsSpan(at + 1));
        longer[at] = new Instance { Window = window, Start = start, Revision = WindowRevision.New };
        _instances = longer;
        return ref _instances[at];
    }

    /// <summary>Adds the rows of the instances that have changed and whose end the watermark has reached, and forgets those that take nothing any more.</summary>
    /// <param name="state">The key's state, which nobody writes meanwhile.</param>
    /// <returns>Whether anything has changed that must be written.</returns>
    public bool Close(ViewLayout layout, CloseRequest time, ReadOnlySpan<byte> key, Span<byte> state, ClosedWindowRows rows)
    {
        var taken = false;
        foreach (ref var instance in _instances.AsSpan())
        {
            if (!instance.Revision.IsChanged || layout.Windows[instance.Window].EndOf(instance.Start) > time.Watermark) continue;
            taken = true;
            instance.Revision.IsChanged = false;
            var digest = rows.Read(instance.Window, instance.Start, state);
            if (instance.Revision.Number >= 0 && instance.Revision.Digest == digest) continue;
            instance.Revision.Number++;
            instance.Revision.Digest = digest;
            rows.Add(instance.Window, instance.Start, key, instance.Revision.Number);
        }
        Final = Math.Max(Final, Math.Min(time.Final, time.Watermark));
        Forget(layout);
        return taken;
    }

    private void Forget(ViewLayout layout)
    {
        var kept = 0;
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            if (IsOpen(layout, instance)) kept++;
        }
        if (kept < _instances.Length) _instances = Array.FindAll(_instances, i => IsOpen(layout, i));
    }

    private bool IsOpen(ViewLayout layout, in Instance instance) =>
        instance.Revision.IsChanged || layout.Windows[instance.Window].FinalAt(instance.Start, layout.AllowedLateness) > Final;

    internal void Write(PayloadWriter writer)
    {
        writer.Int64(Final);
        writer.Varint((ulong)_instances.Length);
        foreach (ref readonly var instance in _instances.AsSpan())
        {
            writer.Varint((ulong)instance.Window);
            writer.Int64(instance.Start);
            writer.Signed(instance.Revision.Number);
            writer.UInt64(instance.Revision.Digest);
            writer.Byte(instance.Revision.IsChanged ? (byte)1 : (byte)0);
        }
    }

    internal static KeyWindows Read(ref PayloadReader reader)
    {
        var result = new KeyWindows { Final = reader.Int64(), _instances = new Instance[reader.Count(19)] };
        foreach (ref var instance in result._instances.AsSpan())
        {
            instance.Window = reader.Count();
            instance.Start = reader.Int64();
            instance.Revision = new WindowRevision((int)reader.Signed(), reader.UInt64(), reader.Byte() != 0);
        }
        return result;
    }
}
